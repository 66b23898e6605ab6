# 画面に出る日本語はすべてここにあります。キーと引数は全言語で共通です。
# 意味を持つ引数名（時刻、時間の長さ、固定語）の一覧は src/words/mod.rs を参照してください。
# 表記：文は「です・ます」、ラベルは体言止め。約物は全角（日時の中と、コードだけは半角）。英数字の前後は半角空白を 1 つ空け、
# 時間の長さ（4分30秒）は空けません。用語は一語一義：release リリース、deploy デプロイ、promote 昇格、roll back ロールバック、
# rollout 展開、gate ゲート、watch 監視、approve 承認、confirm 確認、abort 中止、quarantine 隔離、lock ロック、ledger 台帳、entry 記録、
# check チェック（合格・不合格）、verify 検証、keep 維持。

## words: times, spans, lists

list-separator = 、
time = { $month }{ $day }日({ $weekday }) { $clock }
time-with-year = { $year }年{ $month }{ $day }日({ $weekday }) { $clock }
time-with-zone = { $time } { $zone }
time-to-come = { $time }（{ $what }）
time-left = { $span }後
time-any-moment = まもなく
time-clock = { $hour }:{ $minute }
weekday = { $n ->
    [1] 月
    [2] 火
    [3] 水
    [4] 木
    [5] 金
    [6] 土
   *[7] 日
}
weekday-range = { $first }〜{ $last }
month = { $n }月
span-milliseconds = { $n }ミリ秒
span-seconds = { $n }秒
span-minutes = { $n }分
span-hours = { $n }時間
span-days = { $n }日
span-two = { $first }{ $second }

## words: stable words

phase-queued = 順番待ち
phase-entering = 開始待ち
phase-asking = 担当者の操作待ち
phase-rolling-out = 展開中
phase-halted = 全体停止により中断中
phase-verifying = 検証中
phase-watching = 監視中
phase-undecided = 要判断
phase-rolling-back = ロールバック中
phase-closed = 終了
outcome-succeeded = 成功
outcome-kept = 維持（判定なし）
outcome-rolled-back = ロールバック済み
outcome-failed = 失敗
outcome-aborted = 中止
outcome-superseded = 差し替え
outcome-needs-people = 要対応
action-approve = 承認
action-reject = 却下
action-confirm = 確認
action-abort = 中止
action-rollback = ロールバック
action-keep = 維持
action-snooze = スヌーズ
action-override = 強行
permission-deploy = 最初の環境へのデプロイ
permission-promote = 次以降の環境への昇格
permission-release = リリースの登録
permission-rollback = ロールバック
permission-approve = 承認・却下
permission-override = ゲートの強行
permission-lock = 環境のロック
permission-halt = 全体の停止と解除
permission-quarantine = 隔離の解除
argument-environment = 環境
argument-app = アプリ
argument-version = バージョン
argument-image = イメージ@sha256:…
argument-gate = ゲート
argument-reason = 理由
argument-again = again
argument-next = next
argument-lasting = for 2h
argument-command = コマンド

## card: the deployment

card-title = { $app } { $version } → { $environment } · { $status }
card-title-back = { $app } を { $version } に戻す（{ $environment }） · { $status }
card-title-hotfix = 緊急リリース { $app } { $version } → { $environment } · { $status }
card-release = リリース
card-commit = コミット { $commit }
card-in-place-of = 現行 { $version } と入れ替え
card-one-way = ⚠ { $versions } より前には戻せません
card-passed-over = { $count ->
    [1] { $gone } のイメージ
   *[other] { $gone } のイメージ（{ $count } 件）
}はレジストリにもうないため、その次に新しい正常なリリース { $version } に戻します。
card-notes = メモ
card-asked = 依頼
card-asked-by = { $name } さん（{ $at }）
card-reason = 理由
card-lock = ロック中
card-lock-holds = 解除されるまで展開は始まりません
card-locked-by = { $name } による：{ $reason }
card-locked-by-itself = { $name } による（{ $reason } について判断が下るまで）
card-reserved-for = 次の { $name } さんのために確保中
card-halt = 全体停止中
card-shipgate = Shipgate
card-gates = 展開前
card-gates-before = 展開前のゲート
card-gates-after = 展開後
card-machines = マシン
card-machines-done = 台が新しいリリースで稼働中
card-machines-restored = 台を復元済み
card-machines-unknown = マシンの記録はありません。
card-watch = 監視
card-trouble = 問題
card-snoozed = { $name } さんによるスヌーズの終了
card-trouble-again = { $trouble }。再試行しています。
card-nothing-known = 不明なリリース
card-footer = 依頼者 { $name } · #{ $id } · 台帳 { $mark }
card-image = イメージ
card-progress = { $done }/{ $of } { $what }
card-opens = 開く時刻：{ $what }
card-more = …ほか { $n } 件

## card: what is going on, and what to do

now-queued = { $environment } で現在動いているものを確認しています。まだ何も変更していません。
now-queued-behind = { $environment } への { $version } のデプロイが終わるのを待っています。まだ何も変更していません。
now-entering = 展開前のゲートがすべて開くと自動で始まります。まだ何も変更していません。
now-entering-halted = 全体停止中のため、展開は始まりません。まだ何も変更していません。
now-entering-barred = { $version } は隔離中のため、展開は始まらず、担当者にも依頼しません。隔離を解除するか、中止してください。まだ何も変更していません。
now-asking = 残るは担当者（{ $people }）の操作だけです。それまでは何も変更しません。
now-rolling-out = { $from } から { $version } へ、マシンを 1 台ずつ入れ替えています。
now-rolling-out-at-once = { $from } から { $version } へ、全マシンを同時に入れ替えています。
now-rolling-out-back-at-once = 全マシンを同時に { $version } に戻しています。
now-rolling-out-canary = まず追加のマシン 1 台で { $version } を試します。問題がなければ、{ $from } から { $version } へ 1 台ずつ入れ替えます。
now-rolling-out-back-canary = まず追加のマシン 1 台で { $version } を試します。問題がなければ、マシンを 1 台ずつ { $version } に戻します。
now-rolling-out-bluegreen = { $from } のマシンの隣に { $version } の新しいマシンを起動しています。すべて正常になったら、まとめて切り替えます。
now-rolling-out-back-bluegreen = { $version } に戻すため、新しいマシンを隣に起動しています。すべて正常になったら、まとめて切り替えます。
now-halted = { $version } の展開は、マシンの切れ目で止まっています。済んだマシンは { $version }、残りは { $from } のままです。停止が解除されると自動で再開します。ロールバックは今でもできます。
now-halted-bluegreen = { $version } の展開は、切り替えの前で止まっています。稼働しているのはすべて { $from } のままです。停止が解除されると自動で再開します。ロールバックは今でもできます。
now-rolling-out-back = マシンを 1 台ずつ { $version } に戻しています。
now-settling = 直前の操作の結果が不明なため、先に実際の状態を確認しています。
now-verifying = 全マシンが { $version } になりました。展開後のゲートを確認しています。
now-watching = 全マシンが { $version } で動き、ゲートも通過しました。監視ルールに違反すると、{ $environment } は自動で { $from } に戻ります。
now-watching-one-way = 全マシンが { $version } で動き、ゲートも通過しました。監視ルールに違反すると、担当者を呼びます。
now-one-way = ⚠ { $versions } より前には戻せません。失敗したり、ロールバックが押されたりしても、{ $environment } は自動では戻らず、ロックして人の判断を待ちます。
now-undecided-keep = サンプルが足りず、{ $version } の良し悪しを判定できません。{ $people } の方は { $until }までに「維持」か「ロールバック」を選んでください。選ばれなければ { $version } を維持しますが、成功とは見なしません。
now-undecided-back = サンプルが足りず、{ $version } の良し悪しを判定できません。{ $people } の方は { $until }までに「維持」か「ロールバック」を選んでください。選ばれなければ { $from } に戻します。
now-undecided-stuck = サンプルが足りず、{ $version } の良し悪しを判定できません。{ $people } の方は { $until }までに「維持」か「ロールバック」を選んでください。選ばれなければ、人が判断するまで { $environment } をロックします。
now-rolling-back = { $environment } を { $from } に戻しています。操作は不要です。完了するとこのカードに表示します。
now-succeeded = { $version } が { $environment } で動いており、すべての確認を通過しました。
now-succeeded-back = { $environment } は { $version } に戻りました。
now-kept = { $version } が { $environment } で動いていますが、監視では良し悪しを判定できませんでした。
now-rolled-back = { $environment } は { $from } に戻りました。
now-failed-restored = { $environment } のマシンを元の状態に戻しました。
now-untouched = 何も変更していません。{ $environment } はこれまでどおりです。
now-needs-people = { $environment } は人の判断が必要な状態です。ロックしてあり、これ以上は自動で何も行いません。
now-needed-people = { $environment } は人の判断が必要でしたが、すでに対応済みです。

next-promote = 次は「昇格」を押すと { $next } に進みます。
next-kept = 成功とは見なされないため、昇格できません。もう一度確かめるには再度デプロイしてください。
next-rolled-back = { $version } は隔離され、どの環境にも出せません。修正して新しいバージョンをリリースしてください。原因が別にあった場合は `/unquarantine { $version } 理由` で解除できます。
next-rolled-back-fields = { $version } は隔離され、どの環境にも出せません。修正して新しいバージョンをリリースしてください。原因が別にあった場合は、`/unquarantine` にバージョンと理由を入力すると解除できます。
next-failed = 上の原因を解消してから、もう一度依頼してください。
next-needs-people = 下の各マシンの状態を確認し、マシンを { $back } に戻すなら「それでも戻す」、このままにするなら「維持」を押してください。
next-needs-people-keep = 下の各マシンの状態を確認してください。元のリリースが分からないため、直前の正常なリリースに戻すなら `/rollback { $environment }`、このままにするなら「維持」を押してください。
next-needs-people-keep-fields = 下の各マシンの状態を確認してください。元のリリースが分からないため、直前の正常なリリースに戻すなら { $environment } の `/rollback` を使い、このままにするなら「維持」を押してください。

cause-aborted = { $name } さんが中止しました{ $given ->
    [yes] ：{ $reason }
   *[no] 。
}
cause-rejected = { $name } さんが却下しました{ $given ->
    [yes] ：{ $reason }
   *[no] 。
}
cause-gave-up = { $known ->
    [yes] 待ち時間の上限（{ $span }）に達したため取りやめました。
   *[no] 待ち時間の上限に達したため取りやめました。
}
cause-look-failed = 現在何が動いているかを確認できませんでした：{ $said }。
cause-nothing-to-update = 更新するマシンがありません。まず一度 `fly deploy` でマシンを作ってから、もう一度実行してください。
cause-nothing-to-go-back-to = { $count ->
    [1] { $gone } のイメージ
   *[other] { $gone } のイメージ（{ $count } 件）
}はレジストリにもうなく、ほかに戻せる正常なリリースもありません。イメージを push し直すか、修正した新しいリリースを出してください。
cause-image-gone = { $version } のイメージはレジストリにもうないため、{ $environment } をそこへは戻せません。イメージを push し直すか、バージョンを付けずに `/rollback { $environment }` を実行してください。イメージが残っている正常なリリースのうち、最も新しいものに戻ります。
cause-image-gone-fields = { $version } のイメージはレジストリにもうないため、{ $environment } をそこへは戻せません。イメージを push し直すか、バージョンを入力せずに `/rollback` を実行してください。イメージの残っている最新の正常なリリースに戻ります。
cause-environment-gone = この環境は設定から削除されています。
cause-barred = { $version } はもう出せません。隔離されたか、前の環境での成功が取り消されています。
cause-gate-failed = ゲート「{ $gate }」が失敗しました：{ $said }。
cause-rollout-failed = 展開に失敗しました：{ $said }。
cause-rollout-too-long = 展開が制限時間（{ $span }）を超えました。
cause-rule-failed = ルール「{ $rule }」に違反しました：{ $samples } 回連続で失敗（上限 { $fails } 回）、{ $window }。最後の結果：{ $said }。
cause-rule-above = ルール「{ $rule }」に違反しました：{ $lasting_span }以上続けて { $bound } 超、{ $window }、サンプル { $samples } 件。最後の値：{ $value }（{ $said }）。
cause-rule-below = ルール「{ $rule }」に違反しました：{ $lasting_span }以上続けて { $bound } 未満、{ $window }、サンプル { $samples } 件。最後の値：{ $value }（{ $said }）。
cause-window = { $from }〜{ $to }（{ $span }間）
cause-undecided = 監視では判定できず、期限までに誰も判断しませんでした。
cause-restore-failed = マシンを元に戻せませんでした：{ $said }。
cause-superseded = { $name } さんの依頼で { $version } に差し替えられました。
cause-kept = { $name } さんが維持を選びました。
cause-kept-by-itself = 期限までに判断がなかったため、計画どおり維持しました。

button-approve = 承認
button-reject = 却下
button-confirm = 確認
button-abort = 中止
button-snooze = スヌーズ
button-roll-back = ロールバック
button-promote = 昇格
button-keep = 維持
button-resume = 再開
button-next = 次に使う
button-unlock = ロック解除
button-go-back-anyway = それでも戻す
button-which = { $button }：{ $which }

## card: gates, machines, watch

gate-waiting = 未通過
gate-running = チェック中
gate-passed = 通過
gate-failed = 失敗
gate-skipped = 未実施
gate-overridden = 強行済み
gate-overridden-by = { $said }
gate-override-asked = 強行を求める意見：{ $said }（あと { $missing } 人の同意が必要）
gate-later = 展開後
gate-check-planned = { $span }以内に { $times } 回連続で通過すること
gate-asked-last = ほかの条件がそろったら { $group } に依頼します
group-everyone = 誰か
group-may-override = 強行の権限を持つ別の人
gate-by = { $gate }（{ $names }）
gates-passed = ゲート { $n } 件を通過：{ $gates }
gate-waits-for = { $group } の操作待ち
gate-in-a-row = 連続 { $n }/{ $times } 回
gate-approval = 承認が { $count } 人必要
gate-approval-by-another = 依頼者の { $requester } さん以外の承認が { $count } 人必要
gate-approval-given = { $names } さんが承認（{ $given }/{ $count }）
gate-confirm = 未確認
gate-confirm-given = { $names } さんが { $at } に確認済み
gate-window = 受付時間 { $days } { $from }〜{ $to }（{ $zone }）
gate-window-day = 受付時間 { $days } 終日（{ $zone }）
gate-windows = 受付時間は週に { $count } 通り
gate-freeze = { $from } から { $to } までは展開しません（{ $zone }）{ $more ->
    [yes] 。その直後に別の凍結が続きます
   *[no] {""}
}
gate-freeze-week = { $days } { $from }〜{ $to } は展開しません（{ $zone }）{ $more ->
    [yes] 。その直後に別の凍結が続きます
   *[no] {""}
}
gate-freeze-week-day = { $days } は終日、展開しません（{ $zone }）{ $more ->
    [yes] 。その直後に別の凍結が続きます
   *[no] {""}
}
gate-freeze-none = 予定されている凍結はありません
gate-soak = 前の環境での成功から { $span }経過が必要
gate-check = まだチェックしていません

stage-waiting = 順番待ち
stage-updating = { $version } を反映中
stage-starting = { $version } で起動中
stage-checking = { $version }、マシン自身のヘルスチェック待ち
stage-done = { $version } で稼働（検証済み）
stage-restoring = { $from } に戻しています
stage-restored = { $from } に復元（検証済み）
stage-failed = 異常
stage-trying = 先に { $version } を試しています
stage-leaving = 代わりのマシンに切り替わるまで維持
stage-retired = 振り分けから外し、次のデプロイまで保持
stage-removed = 削除済み

watch-name = 監視
watch-planned = { $span }間、違反すれば自動で戻ります：{ $rules }
watch-planned-one-way = { $span }間、違反すれば担当者を呼びます：{ $rules }
watch-passed = { $span }間の監視を通過：{ $rules }
watch-ends = 監視終了
watch-decide-within = 判断期限
watch-rule-fails = { $fails } 回連続の失敗で{ $then ->
    [people] 担当者を呼ぶ
   *[back] ロールバック
}
watch-rule-above = { $bound } 超が { $span }続くと{ $then ->
    [people] 担当者を呼ぶ
   *[back] ロールバック
}
watch-rule-below = { $bound } 未満が { $span }続くと{ $then ->
    [people] 担当者を呼ぶ
   *[back] ロールバック
}
watch-fails-now = 現在 { $n } 回連続
watch-beyond-now = しきい値を外れて { $span }
watch-value-now = 現在値 { $value }
watch-samples = サンプル { $n } 件
watch-samples-of = サンプル { $n } 件（最低 { $at_least } 件）
watch-last = 直近：{ $said }
watch-no-sample = まだありません

## card: answers

answer-started = 受け付けました：{ $version } を { $environment } へ
answer-under-way = すでに進行中です：{ $version } を { $environment } へ
answer-goes-back = { $environment } を { $version } から戻しています
answer-registered = { $app } の { $version } を登録しました
answer-registered-already = { $app } の { $version } は同じイメージで登録済みです
answer-registered-next = 次は `/deploy` で最初の環境へデプロイしてください。
answer-one-way = { $version } は後戻り不可の指定があるため、これより前には戻せなくなります。
answer-smoke-started = { $environment } の { $app } のスモークテストを開始しました（チェック { $n } 件）
answer-smoke-under-way = { $environment } の { $app } のスモークテストはすでに実行中です（チェック { $n } 件）

done-approve = { $environment } への { $version } を承認しました。
done-reject = { $environment } への { $version } を却下しました。
done-confirm = { $environment } への { $version } の項目を確認済みにしました。
done-abort = { $environment } への { $version } を中止しました。
done-rollback = { $environment } を { $version } から戻します。
done-keep = { $environment } の { $version } を維持します。
done-snooze = { $environment } への { $version } を { $until }までスヌーズしました。
done-snooze-over = { $environment } の { $version } はもう誰の操作も待っていないため、スヌーズするものはありません。
done-override = { $environment } の { $version } のゲートを強行する意思を、理由とともに記録し、告知しました。
done-halt = 解除されるまで全体を停止しました：{ $reason }
done-halt-until-next = 行末の「for …」は終了時刻の指定として扱いました。もう一度 `/halt` で理由や期限を変更できます。
done-next = 次の順番です。空いたら知らせ、10 分間あなたのために確保します。
done-next-later = { $name } さんの次で、{ $place } 番目です。順番が来たら知らせ、10 分間あなたのために確保します。
done-halt-until = { $until }まで全体を停止しました：{ $reason }
done-resume = 全体停止を解除しました。
done-resume-next = 待っていたものは、ほかのゲートが開き次第、自動で進みます。
done-keep-as-is = { $environment } は今の状態のままにしました。何が動いているかは、確認でき次第 `/status` に表示します。
done-unlock = { $environment } のロックを解除しました。
done-unlock-again = { $environment } のそのロックを解除しました。再び { $name } さんのロックが有効です：{ $reason }
done-unlock-next = { $environment } のロックを解除しました。次の { $name } さんのために確保しています。
done-unquarantine = { $version } の隔離を解除しました。再びデプロイできます。
done-because = ほかの人に表示される理由：{ $because }

history-title = { $app } の履歴
history-title-in = { $app } の履歴（{ $environment }）
history-empty = まだデプロイはありません。`/deploy` で始めてください。
history-line = { $version } → { $environment }
history-line-back = { $version } → { $environment }（戻し）
history-took = 所要時間 { $span }
history-zone = 時刻は { $zone }
history-foot = 終わり方の理由は `/history 環境 アプリ` で確認できます。
history-foot-fields = 終わり方の理由は、`/history` の「環境」欄と「アプリ」欄を選ぶと確認できます。
history-title-all = { $n } 個のアプリの最近のデプロイ
history-title-all-in = { $n } 個のアプリの { $environment } への最近のデプロイ

status-title = { $app } の状況
status-title-all = { $n ->
    [0] 状況
   *[other] { $n } 個のアプリの状況
}
status-nothing = アプリが設定されていません。
status-runs = 稼働中
status-since = { $at } から
status-mixed = マシンごとにリリースが異なります
status-not-asked = 不明（ターゲットからまだ応答がありません）
status-under-way = 進行中
status-queued = 次
status-queued-by = { $version }（{ $name } さんの依頼）
status-stuck = 要対応
status-stuck-by = { $version } は人の判断が必要な状態で終わりました。カード（#{ $id }）で判断してください
status-locked-until = { $until }まで
status-url = URL
status-brief = { $version } { $status }
status-brief-locked = { $name } さんがロック中
status-brief-queued = { $version } が次に待機
status-brief-trouble = 問題
status-brief-matters = （{ $matters }）
status-foot = `/status アプリ` で、そのアプリのすべてを確認できます。
status-foot-fields = `/status` の「アプリ」欄を選ぶと、そのアプリのすべてを確認できます。

why-title = { $environment } の { $app } が待っているもの
plan-title = { $app } { $version } → { $environment } で起きること
plan-means = 確認だけです。何も依頼されず、何も起こりません。
plan-target = 展開先
plan-machines = { $n } 台（{ $at } 時点）
plan-machines-unknown = まだ確認していません。開始時に確認します。
plan-falls-back = 失敗した場合
plan-one-way = 戻せないリリースを含むため、自動では戻りません。人の判断が必要です。
plan-back-to = 自動で { $version } に戻ります
plan-back-as-found = 各マシンを元の状態に戻します
plan-already = { $version } はすでにそこで動いています。末尾に `again` を付けないと断られます。
plan-already-fields = { $version } はすでにそこで動いています。「やり直し」を True にしないと断られます。
plan-behind = { $version } が進行中です。その後に待つことになります。
plan-replaces = { $version } が何も変更せずに待っています。これと入れ替わります。
plan-may-not = あなたには依頼できません。必要な権限：{ $permission }
why-standing = 現在の { $environment }
why-no-candidate = 進行中のデプロイはありません。{ $environment } に次に出せるリリースもありません。
why-up-to-date = 進行中のデプロイはありません。{ $environment } では出せる中で最新の { $version } が動いています。
why-ready = 進行中のデプロイはありません。{ $version } は今すぐ { $environment } に出せます。
why-held = 進行中のデプロイはありません。次は { $version } ですが、以下の理由で { $environment } に出せません。
why-obstacles = 出せない理由
why-barred = 隔離中のリリース
why-barred-in = { $at } に { $environment } でロールバック
why-can = あなたにできること
why-passes = 通過は最短で { $until }
why-asked = 依頼は最短で { $until }
remedy-about-release = デプロイ
remedy-about-lock = ロック
remedy-about-app-lock = アプリ全体のロック
remedy-about-halt = 全体停止
remedy-approve = 承認する：`{ $typed }`
remedy-confirm = 確認済みにする：`{ $typed }`
remedy-override = 理由を添えて強行する：`{ $typed }`
remedy-abort = 中止する：`{ $typed }`
remedy-rollback = ロールバックする：`{ $typed }`
remedy-keep = 今のまま維持する：カードの「維持」ボタン
remedy-unlock = 解除する：`{ $typed }`
remedy-next = 次の順番を取る：`{ $typed }`
remedy-next-done = すでに順番待ちに入っています
remedy-take = あなたのために確保中なので、ロックする：`{ $typed }`
remedy-resume = 再開する：`{ $typed }`
remedy-deploy = 依頼する：`{ $typed }`
remedy-hotfix = 理由を添えて緊急リリースする：`{ $typed }`
remedy-unquarantine = 隔離を解除する：`{ $typed }`
remedy-wait = 待つだけで自動的に開きます：{ $until }
remedy-no = { $what }{ $said }
remedy-wait-check = 待つだけです。自動でチェックされます
remedy-wait-hotfix = 強行の権限がある別の人の同意が必要です
remedy-rollback-no = 「それでも戻す」は今はできません：{ $what }{ $said }

smoke-title = { $app } のスモークテスト（{ $environment }） · { $status }
smoke-running = 実行中
smoke-passed = 合格
smoke-failed = 不合格
smoke-unknown = 応答なし
smoke-answered = 件が応答
smoke-sentence-running = チェック { $n } 件を 1 回ずつ実行しています。環境は変更しません。
smoke-sentence-passed = チェック { $n } 件すべてに合格しました。
smoke-sentence-failed = { $n } 件中、合格 { $passed } 件、不合格 { $failed } 件、応答なし { $unknown } 件です。環境は変更していません。直近のリリースは `/history { $environment }` で確認でき、`/rollback { $environment }` で戻せます。
smoke-sentence-failed-fields = { $n } 件中、合格 { $passed } 件、不合格 { $failed } 件、応答なし { $unknown } 件です。環境は変更していません。{ $environment } の直近のリリースは `/history` で確認でき、`/rollback` で元に戻せます。
smoke-footer = 依頼者 { $name } · #{ $id }
halt-title = 全体停止中
halt-title-over = 全体停止は終わりました
halt-means = 新しい展開は始まりません。進行中の展開は、作業中のマシンを終えて待機します。チェック、監視、ロールバックは止まりません。
halt-over = すべて再開できます。
halt-by = 停止
halt-lifted = 解除
halt-lifted-by-clock = 期限により（{ $at }）
halt-held = 待機中
halt-ends = 自動解除
halt-endless = 解除されるまで続きます。
halt-footer = 停止 #{ $id }
lock-place = { $app } の { $environment } 環境
lock-place-app = { $app } の全環境
lock-title = { $place }はロック中です
lock-title-reserved = { $place }は { $name } さんのために確保中です
lock-title-over = { $place }のロックは終わりました
lock-means = 展開を始められるのは { $name } さんだけです。ロールバックはいつでもできます。
lock-reserved = 空きました。しばらくの間 { $name } さんのために確保しています。`/lock { $typed } 理由` でロックできます。使わなければ、次の人の番になります。
lock-reserved-fields = 空きました。しばらくの間 { $name } さんのために確保しています。`/lock` に { $typed } と理由を入力するとロックできます。使わなければ、次の人の番になります。
lock-over = 権限のある人は、また展開を始められます。
lock-by = ロック
lock-next = 次の人
lock-endless = 解除されるまで続きます。
lock-footer = ロック #{ $id }

say-asked = { $app } { $version } → { $environment } が操作を待っています：{ $what }（依頼者 { $name } さん）
say-asked-again = { $app } { $version } → { $environment } がもう一度操作を待っています（承認の期限切れ、または別の条件による中断のため）：{ $what }（依頼者 { $name } さん）
say-reminded = { $app } { $version } → { $environment } がまだ操作を待っています：{ $what }（{ $at } に { $name } さんがスヌーズ）
say-reminded-undecided = { $app } { $version } → { $environment } がまだ判断を待っています。{ $until }までに「維持」か「ロールバック」を選んでください（{ $at } に { $name } さんがスヌーズ）。
say-overridden = { $by } さんが { $app } { $version } → { $environment } のゲート「{ $gate }」を強行しました：{ $reason }
say-override-asked = { $by } さんが { $app } { $version } → { $environment } のゲート「{ $gate }」の強行を求めています（理由：{ $reason }）。あと { $missing } 人、`/override` での同意が必要です。
say-hotfix = { $name } さんが緊急リリースを依頼しました：{ $app } { $version } → { $environment }（ソーク、時間帯、前の環境での実績は問いません）。理由：{ $what }
say-halted = { $app } { $version } → { $environment } の展開は途中で待機しています。全体停止中：{ $what }
say-goes-on = 全体停止が終わり、{ $app } { $version } → { $environment } の展開を再開します。
say-resumed = 全体停止の期限が来たため、解除しました{ $again ->
    [yes] （いまは別の全体停止が続いています）
   *[no] {""}
}。停止の理由：{ $reason }
say-resumed-by = { $name } さんが全体停止を解除しました{ $again ->
    [yes] （いまは別の全体停止が続いています）
   *[no] {""}
}。停止の理由：{ $reason }
say-halt-reminded = { $at } から全体停止が続いています（理由：{ $reason }）。`/resume` で解除、もう一度 `/halt` で期限を変更できます。
say-lock-wanted = { $by } さんが、終わり次第、{ $place }を使いたいそうです。
say-lock-reminded = { $place }のロックは { $until }に終わります（理由：{ $reason }）。もう一度 `/lock { $typed }` で期限を変更できます。
say-lock-reminded-fields = { $place }のロックは { $until }に終わります（理由：{ $reason }）。もう一度 `/lock` に { $typed } を入力すると期限を変更できます。
say-lock-reserved = { $place }が空きました。{ $until }まで { $name } さんのために確保しています。`/lock { $typed } 理由` でロックしてください。
say-lock-reserved-fields = { $place }が空きました。{ $until }まで { $name } さんのために確保しています。`/lock` に { $typed } と理由を入力してロックしてください。
say-unlocked-by = { $by } さんが { $place }のロックを解除しました。ロックの理由：{ $reason }
say-not-taken = { $name } さんが時間内にロックしなかったため、{ $place }は空きました。
say-unlocked = 期限が来たため、{ $place }のロックを解除しました。ロックの理由：{ $reason }
say-undecided = { $app } { $version } → { $environment }：{ $rules } のサンプルが足りません。{ $until }までに「維持」か「ロールバック」を選んでください。
say-passed-over = { $environment } の { $app }：{ $count ->
    [1] { $gone } のイメージ
   *[other] { $gone } のイメージ（{ $count } 件）
}がレジストリにもうないため、{ $version } に戻します。
say-rolling-back = { $app } { $version } → { $environment } を { $from } に戻します。{ $what }
say-succeeded = { $app } { $version } → { $environment } が成功しました。
say-succeeded-back = { $environment } の { $app } は { $version } に戻りました。
say-kept = { $app } { $version } → { $environment } を判定なしで維持しました。{ $what }
say-rolled-back = { $environment } の { $app } は { $from } に戻りました。{ $version } は隔離されました。{ $what }
say-failed = { $app } { $version } → { $environment } は失敗しました。何も変更していません。{ $what }
say-failed-restored = { $app } { $version } → { $environment } は失敗しました。マシンは元に戻しました。{ $what }
say-aborted = { $app } { $version } → { $environment } は中止されました。何も変更していません。{ $what }
say-superseded = { $name } さん、{ $app } { $version } → { $environment } は取りやめになりました。{ $what }
say-needs-people = { $environment } の { $app } は今すぐ対応が必要です。環境はロックしました。{ $what }各マシンの状態と押すボタンはカードにあります。
say-locked = { $environment } の { $app } を { $name } がロックしました：{ $reason }
say-smoke = { $environment } の { $app } のスモークテスト：{ $verdict }

no-first = 先に { $name } さんが「{ $action }」を行いました。
no-code = お問い合わせ用コード：{ $code }
card-thread = { $app } { $version } → { $environment }
choice-age = { $span }前
choice-runs = { $environments } で稼働中

## card: the lines of a deployment's thread

detail-requested = { $name } さんが { $version } を { $environment } に出すよう依頼しました{ $given ->
    [yes] ：{ $reason }
   *[no] 。
}
detail-requested-back = { $name } さんが { $environment } を { $version } に戻すよう依頼しました{ $given ->
    [yes] ：{ $reason }
   *[no] 。
}
detail-dequeued = 順番が来ました。
detail-looked = 稼働状況を確認しました：{ $version }（マシン { $n } 台）。
detail-looked-mixed = { $n ->
    [0] 稼働状況を確認しました：マシンが 1 台もありません。
   *[other] 稼働状況を確認しました：マシンは { $n } 台ですが、リリースが不明か、そろっていません。
}
detail-passed-over = { $versions } のイメージ（{ $count } 件）がレジストリにないため、代わりに { $version } に戻します。
detail-planned = 計画を確定しました。問題があれば { $environment } を { $from } に戻します。
detail-planned-alone = 計画を確定しました。{ $environment } で動いているリリースが不明なため、問題があればマシンを記録どおりに戻します。
detail-asked = 担当者に依頼しました：{ $gates }。
detail-interrupted = ほかの条件が満たされなくなりました。満たされ次第、担当者にもう一度依頼します。
detail-snoozed = { $name } さんが { $until }までスヌーズしました。
detail-reminded = スヌーズが終わり、担当者にもう一度依頼しました：{ $gates }。
detail-overridden = { $name } さんがゲート「{ $gate }」を強行：{ $reason }
detail-halted = 全体停止のため、作業中のマシンを終えて次のマシンの前で待機しています。
detail-goes-on = 全体停止が終わり、{ $version } の展開を再開します。
detail-reminded-undecided = スヌーズが終わり、担当者にもう一度判断を依頼しました。
detail-approved = { $name } さんが「{ $gate }」を承認しました。
detail-confirmed = { $name } さんが「{ $gate }」を確認済みにしました。
detail-gate-answer = ゲート「{ $name }」{ $round } 回目：{ $verdict }（{ $said }）
detail-rule-answer = ルール「{ $name }」サンプル { $round }：{ $verdict }（{ $said }）
detail-beyond = しきい値 { $bound } を外れています
detail-gate-passed = ゲート「{ $gate }」を通過しました。
detail-rollout = { $version } の展開を始めます。
detail-rolled-out = 全マシンが { $version } で動いています（検証済み）。
detail-restored = 全マシンが { $from } に戻りました（検証済み）。
detail-restored-alone = 全マシンが記録どおりに戻りました（検証済み）。
detail-unknown = 結果が不明なため、実際に何が動いているかを確認します：{ $said }。
detail-late = 遅れて届いた応答です。何も変わりません。
detail-machine = – { $machine }：{ $said }
detail-verifying = 展開後のゲートの確認を始めます。
detail-watch = 監視を始めます（{ $span }間）：{ $rules }。
detail-undecided = { $rules } のサンプルが足りず、監視では判定できません。{ $until }まで担当者が判断できます。
detail-going-back = { $environment } を { $from } に戻します。{ $what }
detail-going-back-alone = { $environment } のマシンを記録どおりに戻します。{ $what }
detail-closed = 終了しました：{ $status }。{ $what }
detail-unstuck = 対応が決まり、環境のロックは外れました。

## card: the files of a deployment that is over

report-title = レポート：{ $what }
report-is-here = { $what } が終わりました。記録はすべてこのレポートにあります。
report-times = { $from } から { $to } まで（時刻はすべて { $zone }）
report-plan = 計画
report-happened = 経過
report-ledger = 台帳 { $mark }（{ $time } 時点）。このデプロイの記録は { $first } 番から { $last } 番までにあります。
report-rule = 「{ $name }」のサンプル
report-window = { $every_span }ごとに確認、{ $what }。{ $from } から { $to } までに { $n } 件、{ $bad ->
    [0] 異常なし
   *[other] うち異常 { $bad } 件
}。
report-column-time = 時刻
report-column-value = 値
report-column-verdict = 判定
report-column-said = 応答
report-bad = 異常
report-cut = これ以降は省略しました（レポートは { $most } KiB まで）。全記録は台帳にあります。
chart-says = 「{ $name }」の推移：{ $from } から { $to } までのサンプル { $n } 件、値は { $low } 〜 { $high }、{ $what }。{ $bad ->
    [0] 異常なし。
    [one] 異常 1 件（{ $first }）。
   *[other] 異常 { $bad } 件（{ $first } 〜 { $last }）。
}
chart-no-bound = しきい値なし
chart-bound-above = { $bound } を超えると異常
chart-bound-below = { $bound } を下回ると異常

## card: help

help-title = 使えるコマンド
help-title-one = /{ $command }：{ $line }
help-head = アプリと環境の順番は自由です。アプリが 1 つだけなら省略できます。
help-head-fields = `/` を打ってコマンドを選ぶと、必要な項目が順に表示されます。アプリが 1 つだけなら、アプリは聞かれません。
help-foot = `/help deploy` のように打つと、引数と例を表示します。
help-foot-fields = `/help` でコマンドを選ぶと、入力する項目を表示します。
help-example = 例
help-needs = 必要な権限
help-permission = { $permission }（設定では `{ $word }`）

command-deploy-name = デプロイ
command-deploy = 環境にデプロイする
command-deploy-help = 最初の環境に、最新または指定したバージョンをデプロイします。それ以降の環境を指定すると /promote と同じ動作になります。すでに動いているリリースをやり直すには、末尾に `again` を付けます。
command-deploy-example = /deploy staging v2
command-promote-name = 昇格
command-promote = 成功したリリースを次の環境に昇格させる
command-promote-help = 前の環境で成功したリリースを、指定した環境に昇格させます。環境を省略すると 2 番目の環境になります。同じイメージをそのまま使い、再ビルドはしません。
command-promote-example = /promote production
command-rollback-name = ロールバック
command-rollback = 直前の正常なリリースに戻す
command-rollback-help = 進行中ならそのデプロイを戻します。なければ、直前の正常なリリースか指定したバージョンに戻します。ゲート・ロック・承認には妨げられません。ロールバックで外れたリリースは隔離されます。
command-rollback-example = /rollback production v1 正午からエラーが増加
command-smoke-name = スモークテスト
command-smoke = 環境の HTTP チェックを 1 回実行する
command-smoke-help = 環境の HTTP チェックを 1 回ずつ実行し、結果を表示します。環境は変更しません。
command-smoke-example = /smoke staging
command-status-name = 状況
command-status = 何がどこで動き、何が進行中かを見る
command-status-help = 1 つのアプリの全環境、または全アプリを 1 行ずつ表示します。
command-status-example = /status
command-why-name = 待ち理由
command-why = 環境が何を待っているかを見る
command-why-help = ゲートごとに、通過・失敗・誰をいつまで待っているかを表示します。ほかに妨げているものと、その対処も分かります。
command-why-example = /why production
command-plan-name = 計画
command-plan = デプロイで起きることを、実行せずに確認する
command-plan-help = 今動いているものと新しいもの、対象のマシン、各ゲートの今の状態、承認を求める相手、監視、戻り先、妨げになるものを表示します。何も変更しません。
command-plan-example = /plan production v2
command-history-name = 履歴
command-history = デプロイの履歴を新しい順に見る
command-history-help = アプリまたは環境のデプロイを一覧します。結果、日時、依頼者、失敗の理由が分かります。
command-history-example = /history production
command-release-name = リリース登録
command-release = リリースを登録する
command-release-help = アプリのバージョンを登録します。どの環境にも同じものが届くよう、イメージはダイジェストで指定します。
command-release-example = /release v5 registry.fly.io/hello@sha256:0f3a…（64 桁）
command-approve-name = 承認
command-approve = 承認待ちのデプロイを承認する
command-approve-help = 承認待ちのデプロイを承認します。ゲートが複数ある場合は名前を指定してください。ボタンでも同じです。
command-approve-example = /approve production
command-reject-name = 却下
command-reject = 承認待ちのデプロイを却下する
command-reject-help = 承認待ちのデプロイを却下します。何も変更されません。理由を添えると依頼者に伝わります。
command-reject-example = /reject production セール終了まで見送り
command-confirm-name = 確認
command-confirm = チェックリストの項目を確認済みにする
command-confirm-help = 進行中のデプロイが待っている項目を確認済みにします。ボタンでも同じです。
command-confirm-example = /confirm リリースノート記載
command-abort-name = 中止
command-abort = 進行中のデプロイを中止する
command-abort-help = 進行中のデプロイを中止します。展開前なら何も変更されず、展開後なら変更した分を元に戻します。依頼者本人と、ロールバックの権限がある人が使えます。
command-abort-example = /abort staging バージョン間違い
command-snooze-name = スヌーズ
command-snooze = 担当者の操作待ちを後回しにする（30 分、または指定した時間）
command-snooze-help = 何も決めずに後回しにします。時間（1m～24h）が過ぎると、待っている担当者にもう一度通知します。監視で判定できなかった場合は、そこから改めて判断の時間を取ります。担当者、依頼者本人、ロールバックの権限がある人が使えます。ボタンでも同じです。
command-snooze-example = /snooze production for 2h
command-override-name = 強行
command-override = 理由を添えてゲートを強行する
command-override-help = 展開の前でも後でも、まだ開いていないゲートを通過させます。告知され、台帳に残り、このデプロイに限り有効です。ロック、全体停止、隔離は越えられません。設定で複数人が必要な場合は、それぞれが実行します。空白を含む名前は引用符で囲めます。
command-override-example = /override approval production ほかに誰も起きておらず、決済が止まっている
command-hotfix-name = 緊急リリース
command-hotfix = 順序を飛ばしてリリースする（ソーク、時間帯、前の環境なし）
command-hotfix-help = ソーク、時間帯、前の環境を飛ばして、リリースを直接出します。理由はほかの人にも表示されます。承認、チェック、監視は省きません。強行の権限が必要です。設定で複数人が必要とされている場合、ほかの人は `/override hotfix` を実行します。
command-hotfix-help-fields = ソーク、時間帯、前の環境を飛ばして、リリースを直接出します。理由はほかの人にも表示されます。承認、チェック、監視は省きません。強行の権限が必要です。設定で複数人が必要とされている場合、ほかの人は `/override` のゲート欄に `hotfix` と入力します。
command-hotfix-example = /hotfix production v1.4.1 決済が止まっている
command-halt-name = 全体停止
command-halt = 全体を停止する（新しい展開を始めない）
command-halt-help = 進行中の展開は、作業中のマシンを終えて待機します。チェック、監視、ロールバックは続きます。誰かが再開するか、指定した時間が過ぎると終わります。停止中は本人に知らせます。
command-halt-example = /halt 決済サービスの障害 for 2h
command-resume-name = 再開
command-resume = 全体停止を解除する
command-resume-help = すべて再開できるようにします。自分の停止はいつでも、他人の停止には停止の権限が必要です。
command-resume-example = /resume
command-lock-name = ロック
command-lock = 環境をロックする
command-lock-help = 解除するか期限が来るまで、ほかの人はその環境でデプロイを始められません。ロールバックはいつでもできます。理由はほかの人にも表示されます。ほかの人がロックしている間は、行の最後に `next` を付けると、空いたときに知らせます。
command-lock-help-fields = 解除するか期限が来るまで、ほかの人はその環境でデプロイを始められません。ロールバックはいつでもできます。理由はほかの人にも表示されます。ほかの人がロックしている間は、「次」を True にすると、空いたときに知らせます。
command-lock-example = /lock production データベース作業 for 2h
command-unlock-name = ロック解除
command-unlock = 環境のロックを解除する
command-unlock-help = 自分のロックを解除します。ほかの人のロックを解除するにはロックの権限が必要です。
command-unlock-example = /unlock production
command-unquarantine-name = 隔離解除
command-unquarantine = リリースの隔離を解除する
command-unquarantine-help = ロールバックされたリリースは、どの環境にも出せなくなります。これを解除します。理由はほかの人にも表示されます。
command-unquarantine-example = /unquarantine v3 原因はデータベース障害でリリースではない
command-help-name = ヘルプ
command-help = コマンドの一覧、または使い方を見る
command-help-help = コマンドの一覧、または 1 つのコマンドの引数と例を表示します。
command-help-example = /help deploy

## commands: the fields that are filled in one by one

field-all = アプリ全体
field-environment = 環境
field-environment-about = 対象の環境
field-app = アプリ
field-app-about = 対象のアプリ
field-version = バージョン
field-version-about = 対象のリリース
field-version-new-about = 付けるバージョン名（v1.4.0 など）
field-image = イメージ
field-image-about = ダイジェスト付きのイメージ：registry.fly.io/hello@sha256:…
field-gate = ゲート
field-gate-about = 対象のゲートまたは項目
field-reason = 理由
field-reason-about = 理由（ほかの人にも表示されます）
field-again = やり直し
field-again-about = そのリリースがすでに動いていても実行する
field-next = 次
field-next-about = ほかの人がロック中なら、次の順番を取る
field-lasting = 期間
field-lasting-about = いつまで続けるか（2h、30m など）
field-command = コマンド
field-command-about = 対象のコマンド

## refusals: the core

refusal-not_permitted = { $permission }の権限がありません。
refusal-not_permitted-next = 権限のある人に依頼してください。権限は設定の [permissions] の `{ $word }` で付与します。
refusal-not_in_group = 「{ $gate }」を判断できるのは { $group } のメンバーだけです。
refusal-not_in_group-next = { $group } の誰かに依頼してください。
refusal-unknown_version = { $version } というバージョンはありません。
refusal-unknown_version-next = { $count ->
    [0] まだリリースが登録されていません。`/release` か CI から登録してください。
   *[other] { $near ->
        [yes] { $nearest } のことですか？最近のバージョン：{ $known }。新しいものは `/release` で登録します。
       *[no] 最近のバージョン：{ $known }。新しいものは `/release` で登録します。
    }
}
refusal-no_releases = まだリリースが登録されていないため、デプロイできるものがありません。
refusal-no_releases-next = `/release バージョン イメージ@sha256:…` か CI から登録してください。
refusal-no_releases-next-fields = `/release` にバージョンとイメージを入力するか、CI から登録してください。
refusal-no_evidence = { $named ->
    [yes] { $version } はまだ { $before } で成功していません。
   *[no] { $before } で成功したリリースがまだありません。
}
refusal-no_evidence-next = 先に { $before } へ出し、成功してから昇格させてください。
refusal-quarantined = { $same ->
    [no] { $asked } は { $version } と同じイメージです。そのイメージは
   *[yes] { $version } は
}隔離中で、どの環境にも出せません（{ $at } に { $environment } でロールバック）。
refusal-quarantined-next = 新しいバージョンをリリースしてください。原因が別にあった場合は `/unquarantine { $version } 理由` で解除できます。
refusal-quarantined-next-fields = 新しいバージョンをリリースしてください。原因が別にあった場合は、`/unquarantine` にバージョンと理由を入力すると解除できます。
refusal-already_running = { $version } はすでにそこで動いています。
refusal-already_running-next = それでも実行するには、末尾に `again` を付けてください。
refusal-already_running-next-fields = それでも実行するには、`/deploy` か `/promote` で「やり直し」を True にしてください。
refusal-nothing_to_go_back_to = 戻せる正常なリリースがありません。
refusal-nothing_to_go_back_to-next = 修正した新しいリリースを出してください。過去のものは `/history` で確認でき、隔離中のものは `/unquarantine` で解除できます。
refusal-never_good_here = { $version } はここで成功したことがないため、戻り先にできません。
refusal-never_good_here-next = 直近の正常なリリースに戻すにはバージョンを付けずに実行してください。{ $version } を出すには `/deploy` か `/promote` を使ってください。
refusal-under_way = { $back ->
    [yes] この環境は今、{ $version } に戻しているところです。
   *[no] 今は { $version } をリリース中です。ロールバックすると、その前に動いていたものに戻ります。
}
refusal-under_way-next = { $back ->
    [yes] カードに完了と表示されてから、もう一度実行してください。
   *[no] バージョンを付けずに `/rollback` するか、終わるまでお待ちください。
}
refusal-locked = { $named ->
    [yes] この環境は { $owner } さんが{ $expires ->
        [yes] {" "}{ $expires_at }まで
       *[no] {""}
    }ロックしています：{ $reason }
   *[no] { $reason } の展開後の状態は人にしか判断できません。判断が下るまで、この環境は Shipgate がロックしています。
}
refusal-locked-next = { $named ->
    [yes] { $owner } さんに相談するか、権限があれば `/unlock` で解除してください。`/rollback` はロック中でも使えます。
   *[no] 要対応のカードで「維持」か「それでも戻す」を押すか、権限があれば `/unlock` で解除してください。
}
refusal-reserved = { $until }まで、次の { $owner } さんのために確保しています。
refusal-reserved-next = それまで待つか、{ $owner } さんに確認してください。`/rollback` は今でも使えます。
refusal-halted = { $owner } さんが{ $expires ->
    [yes] {" "}{ $expires_at }まで
   *[no] {""}
}全体を停止しています：{ $reason }
refusal-halted-next = { $owner } さんに確認するか、権限があれば `/resume` で解除してください。`/rollback` は今でも使えます。
refusal-not_halted = 全体停止はしていません。または、その停止はもう終わっています。
refusal-not_halted-next = 解除するものはありません。停止中かどうかは `/status` で確認できます。
refusal-already_overridden = このゲートの強行には、すでに同意済みです。
refusal-already_overridden-next = もう 1 人、別の人の `/override` が必要です。
refusal-not_locked = この環境はロックされていません。
refusal-not_locked-next = 解除は不要です。ロック中の環境は `/status` で確認できます。
refusal-whole_app_locked = この環境だけでなく、アプリ全体を { $owner } さんがロックしています。
refusal-whole_app_locked-next = { $owner } さんに確認するか、権限があれば `/unlock all` で解除してください。
refusal-whole_app_locked-next-fields = { $owner } さんに確認するか、権限があれば `/unlock` でアプリ全体を解除してください。
refusal-lock_queue_full = { $owner } さんの次を { $count } 人が待っているため、これ以上は待てません。
refusal-lock_queue_full-next = { $owner } さんに相談するか、次の人に渡ってからもう一度試してください。`/rollback` は今でも使えます。
refusal-own_lock = 自分でロックしています。
refusal-own_lock-next = 待つ必要はありません。
refusal-locked_by_another = { $named ->
    [yes] この環境は { $owner } さんがロックしています。
   *[no] この環境は、人の対応が必要なため Shipgate がロックしています。
}
refusal-locked_by_another-next = { $named ->
    [yes] { $owner } さんに相談してください。ほかの人のロックの解除には `lock` 権限が必要です。
   *[no] 要対応のカードで判断してください。ロックの解除には `lock` 権限が必要です。
}
refusal-rolling_back = この環境はすでにロールバック中で、途中では止められません。
refusal-rolling_back-next = カードに完了と表示されてから、もう一度実行してください。
refusal-environment_gone = この環境は設定から削除されています。
refusal-environment_gone-next = 進行中のものは最後まで続きますが、新しくは始められません。現在の環境は `/status` で確認できます。
refusal-no_such_deployment = そのデプロイはここにはありません。
refusal-no_such_deployment-next = 進行中のものは `/status`、過去のものは `/history` で確認できます。
refusal-already_closed = すでに終了しています：{ $outcome }
refusal-already_closed-next = この操作では何も変わっていません。現在の状況は `/status` で確認できます。
refusal-stale_card = カードの表示後に状態が変わったため、この操作は無効です。
refusal-stale_card-next = 最新のカードを確認し、必要ならもう一度押してください（押した時点の版 { $pressed }、現在の版 { $now }）。
refusal-wrong_phase = 現在は「{ $phase }」のため、「{ $action }」はできません。
refusal-wrong_phase-next = 今できる操作はカードのボタンにあります。何を待っているかは `/why 環境` で確認できます。
refusal-wrong_phase-next-fields = 今できる操作はカードのボタンにあります。環境が何を待っているかは `/why` で確認できます。
refusal-no_such_gate = { $named ->
    [yes] その操作を待っている「{ $gate }」はありません。
   *[no] その操作を待っているゲートはありません。
}
refusal-no_such_gate-next = { $count ->
    [0] 今は該当する操作待ちがありません。各ゲートの状態は `/why 環境` で確認できます。
   *[other] 操作待ちのゲート：{ $waiting }
}
refusal-no_such_gate-next-fields = { $count ->
    [0] 今は該当する操作待ちがありません。環境の各ゲートの状態は `/why` で確認できます。
   *[other] 操作待ちのゲート：{ $waiting }
}
refusal-which_gate = 操作待ちのゲートが複数あります。どれですか？
refusal-which_gate-next = 名前を指定してください：{ $waiting }
refusal-which_gate-next-fields = 「ゲート」欄で選んでください：{ $waiting }
refusal-not_asked_yet = まだ早すぎます。ほかの条件がそろってから操作をお願いします。
refusal-not_asked_yet-next = 未完了の条件：{ $missing }。そろったら通知します。
refusal-own_request = 自分が依頼したデプロイは、自分では承認できません。
refusal-own_request-next = ほかの人に承認を依頼してください。
refusal-already_approved = すでに承認済みです。
refusal-already_approved-next = これ以上の操作は不要です。誰の承認を待っているかは `/why 環境` で確認できます。
refusal-already_approved-next-fields = これ以上の操作は不要です。誰の承認を待っているかは `/why` で確認できます。
refusal-unknown_person = { $identity } が依頼者と別の人か確認できないため、この承認は無効です。
refusal-unknown_person-next = 依頼と同じチャットで承認するか、設定の [people] に両方の ID を登録してもらってください。
refusal-no_checks = この環境には HTTP チェックがないため、スモークテストを実行できません。
refusal-no_checks-next = 設定で、ゲートか監視ルールに HTTP チェックを追加してください。
refusal-not_quarantined = { $version } は隔離されていません。
refusal-not_quarantined-next = { $count ->
    [0] このアプリに隔離中のリリースはありません。
   *[other] 隔離中のリリース：{ $barred }
}

## refusals: the service

refusal-unknown_command = `/{ $typed }` というコマンドはありません。
refusal-unknown_command-next = { $near ->
    [yes] `/{ $nearest }` のことですか？一覧は `/help` で確認できます。
   *[no] 一覧は `/help` で確認できます。
}
refusal-missing_argument = `/{ $command }` には{ $argument }の指定が必要です。
refusal-missing_argument-next = 書き方：`{ $usage }`（例は `/help { $command }`）
refusal-missing_argument-next-fields = `/{ $command }` をもう一度選び、入力してください：`{ $usage }`
refusal-too_many_arguments = `/{ $command }` に「{ $extra }」は指定できません。
refusal-too_many_arguments-next = 書き方：`{ $usage }`（例は `/help { $command }`）
refusal-too_many_arguments-next-fields = もう一度 `/{ $command }` を選び、各欄に入力してください：`{ $usage }`
refusal-unknown_app = 「{ $app }」というアプリはありません。
refusal-unknown_app-next = { $near ->
    [yes] 「{ $nearest }」のことですか？アプリ一覧：{ $known }
   *[no] アプリ一覧：{ $known }
}
refusal-which_app = アプリが複数あります。どれですか？
refusal-which_app-next = アプリ名を追加してください：{ $known }
refusal-which_app-next-fields = 「アプリ」欄で選んでください：{ $known }
refusal-unknown_environment = { $app } に「{ $environment }」という環境はありません。
refusal-unknown_environment-next = { $near ->
    [yes] 「{ $nearest }」のことですか？環境一覧：{ $known }
   *[no] 環境一覧：{ $known }
}
refusal-no_later_environment = { $app } には環境が 1 つしかないため、昇格先がありません。
refusal-no_later_environment-next = 設定で、最初の環境の下に環境を追加してください。
refusal-nothing_waits = 「{ $action }」を待っているデプロイはありません。
refusal-nothing_waits-next = 進行中のものは `/status`、待っている内容は `/why 環境` で確認できます。
refusal-nothing_waits-next-fields = 進行中のものは `/status`、待っている内容は `/why` で確認できます。
refusal-which_deployment = 該当するデプロイが複数あります。どれですか？
refusal-which_deployment-next = 環境名を追加してください：{ $known }
refusal-which_deployment-next-fields = 「環境」欄で選んでください：{ $known }
refusal-image_not_pinned = イメージ { $image } はダイジェストで固定されていません。タグの指す中身は変わることがあります。
refusal-image_not_pinned-next = registry/name@sha256: に続けて 64 桁の 16 進数で指定してください。
refusal-version_taken = { $version } は{ $differs ->
    [one_way] 、後戻り不可（one-way）かどうかの指定が異なる内容で
   *[image] 別のイメージで
}登録済みです。登録したバージョンの中身は変更できません。
refusal-version_taken-next = 新しいバージョン名を使ってください。
refusal-bad_version = 「{ $version }」はバージョン名に使えません。
refusal-bad_version-next = 文字、数字、- _ . だけを使ってください（64 文字以内、先頭の - は不可）。`found-` で始まる名前は、Shipgate が稼働中に見つけたリリースのものです。
refusal-reason_missing = 理由がありません。
refusal-reason_missing-next = { $next ->
    [yes] `next` の前に理由を書いてください。ほかの人にも表示されます。
   *[no] 末尾に理由を書いてください。ほかの人にも表示されます。
}
refusal-reason_missing-next-fields = 「理由」欄に入力してください。ほかの人にも表示されます。
refusal-no_such_button = 今「{ $label }」ボタンのあるカードはありません。
refusal-no_such_button-next = { $count ->
    [0] 今押せるボタンはありません。進行中のものは `/status` で確認できます。
   *[other] 今押せるボタン：{ $known }
}
refusal-button_gone = カードの表示後に、{ $environment } は { $version } ではなくなりました。ボタンはもうなく、この操作は無効です。
refusal-button_gone-next = 最新のカードを確認してください。それでも { $version } を昇格させるには、`/promote { $next } { $version }` を実行してください。
refusal-button_gone-next-fields = 最新のカードを確認してください。それでも { $version } を昇格させるには、`/promote` で { $next } と { $version } を選んでください。
refusal-button_foreign = このボタンは、Shipgate の把握していないカードのものです。
refusal-button_foreign-next = 進行中のものは `/status` で確認できます。そのカードのボタンを使ってください。
refusal-other_guild = ここは Shipgate の対象のサーバーではないため、何も行いませんでした。
refusal-other_guild-next = コマンドとボタンは対象のサーバーで使ってください。対象は設定の [discord] の `guild` で決まります。
refusal-other_workspace = あなたのワークスペースでは Shipgate を使えません。
refusal-other_workspace-next = Shipgate がインストールされているワークスペースの人に頼んでください。
refusal-groups_unknown = この操作ができるグループのメンバーを Slack から取得できなかったため、何も行いませんでした。
refusal-groups_unknown-next = 少し待ってからもう一度実行してください。続く場合は、Shipgate の運用担当者がログで原因を確認できます。
refusal-workspace_unknown = Slack からこのワークスペースの情報を取得できず、あなたを確認できないため、何も行いませんでした。
refusal-workspace_unknown-next = 少し待ってからもう一度実行してください。続く場合は、Shipgate の運用担当者がログで原因を確認できます。
refusal-form_not_opened = 理由を入力するフォームを Slack で開けなかったため、何も行いませんでした。
refusal-form_not_opened-next = もう一度押すか、理由を付けてコマンドを入力してください。一覧は `/help` で確認できます。
refusal-try_again = データベースが混み合っているため、何も行いませんでした。
refusal-try_again-next = 少し待ってからもう一度実行してください。
refusal-out_of_order = データベースに問題があるため、何も行いませんでした。
refusal-out_of_order-next = { $note }解消するまで、進行中のものも止まることがあります。データベースと Shipgate のログを確認してください。
refusal-broke = Shipgate の処理中に不具合が起きました。実行されたかどうかは、ここでは分かりません。
refusal-broke-next = いまの状況は `/status` で確認できます。原因は Shipgate のログにあります。
refusal-unknown_help = `/{ $command }` というコマンドはないため、ヘルプもありません。
refusal-unknown_help-next = { $near ->
    [yes] `/help { $nearest }` のことですか？一覧は `/help` で確認できます。
   *[no] 一覧は `/help` で確認できます。
}
refusal-unknown_help-next-fields = { $near ->
    [yes] `/help` で `{ $nearest }` を選びますか？一覧は `/help` で確認できます。
   *[no] 一覧は `/help` で確認できます。
}
refusal-bad_span = 「{ $typed }」は時間の長さとして読めません。
refusal-bad_span-next = 30s、5m、2h、1h30m のように書いてください。

## refusals: http

refusal-not_authenticated = リクエストに有効なトークンがありません。
refusal-not_authenticated-next = SHIPGATE_API_TOKENS にあるトークンを `Authorization: Bearer トークン` で送ってください。
refusal-no_tokens_set = この Shipgate には API トークンが設定されていないため、API は誰も使えません。
refusal-no_tokens_set-next = SHIPGATE_API_TOKENS に `名前=トークン` をカンマ区切りで設定し、Shipgate を起動し直してください。
refusal-no_such_route = このアドレスには何もありません。
refusal-no_such_route-next = 使えるアドレスは README の「JSON API」をご覧ください。
refusal-no_such_method = このアドレスはそのメソッドを受け付けません。
refusal-no_such_method-next = 読み取りは GET、操作は POST です。README の「JSON API」をご覧ください。
refusal-malformed_body = リクエストの本文を最後まで読めませんでした。
refusal-malformed_body-next = 本文全体をもう一度送ってください。
refusal-not_json = 本文が JSON ではありません：{ $reason }
refusal-not_json-next = JSON のオブジェクトを送ってください。項目は README の「JSON API」をご覧ください。
refusal-not_an_object = 本文は JSON ですが、オブジェクトではありません。
refusal-not_an_object-next = {"{"}"line": "/status"{"}"} のように、項目を波かっこに入れたオブジェクトを送ってください。README の「JSON API」をご覧ください。
refusal-unknown_member = 本文は JSON ですが、ここで期待する形ではありません：{ $reason }
refusal-unknown_member-next = 項目と型は README の「JSON API」をご覧ください。
refusal-body_too_large = 本文が { $limit } バイトを超えています。
refusal-body_too_large-next = 短くして送ってください。長い説明はリポジトリに置いてください。
refusal-body_too_slow = 本文が { $seconds } 秒以内に届きませんでした。何も行っていません。
refusal-body_too_slow-next = 途切れないように、もう一度送ってください。
refusal-wrong_content_type = 本文の形式が「{ $kind }」となっていますが、ここで読めるのは UTF-8 の JSON だけです。
refusal-wrong_content_type-next = JSON を圧縮せずに、`Content-Type: application/json` を付けて送ってください。
refusal-too_long = `{ $member }` が { $limit } 文字を超えています。何も行っていません。
refusal-too_long-next = 短くしてください。長い内容はリポジトリや課題に書き、ここにはリンクを置いてください。
refusal-bad_after = 「{ $typed }」はイベントの番号ではありません。
refusal-bad_after-next = `after` には、手元にある最後のイベントの `seq` か 0 を指定してください。
refusal-bad_key = `Idempotency-Key` として使えない値です。
refusal-bad_key-next = このヘッダーを一つだけ、1～{ $limit } 文字の半角英数字や記号で送ってください（UUID など）。
refusal-key_reused = この `Idempotency-Key` は、すでに別のリクエストで使われています。何も行っていません。
refusal-key_reused-next = リクエストごとに別のキーを使ってください。同じキーは、同じリクエストを送り直すときだけに使います。キーは 24 時間保持されます。
refusal-too_many_keys = このトークンの `Idempotency-Key` 付きリクエストが、記憶できる数に達しています。何も行っていません。
refusal-too_many_keys-next = 次に空くのは { $until } です。それまではヘッダーなしで送ってください（再送すると二重に行われることがあります）。

## notes: the core

gate-unanswered = 期限までに回答がありませんでした
rollout-incomplete = 一部のマシンが新しいリリースになっていません
rollout-unsound = すべてのマシンが新しいリリースになりましたが、正常に起動していないマシンがあります
restore-incomplete = 一部のマシンは元のリリースで動いていることを確認できません
restore-too-long = マシンを元に戻すのに時間がかかりすぎました

## notes: checks

check-unknown-kind = このバージョンの Shipgate には、種類 `{ $kind }` のチェックはありません。
check-http-settings = この HTTP チェックの設定は使えません：{ $reason }
check-http-ok = { $url } は { $ms } ms で { $status } を返しました。
check-http-status = { $url } は { $expected } ではなく { $status } を返しました。
check-http-redirect = { $url } は { $expected } ではなく、リダイレクトの { $status } を返しました。リダイレクトはたどりません。
check-http-slow = { $url } は { $status } を返しましたが、{ $ms } ms かかりました。{ $limit } ms 未満でなければなりません。
check-http-timeout = { $url } は { $limit } ms 以内に応答しませんでした。
check-http-refused = { $url } は接続を拒否しました。待ち受けているものがありません。
check-http-broken = { $url } は正しい応答を返さずに切れました：{ $reason }
check-http-no-name = { $url } に問い合わせできませんでした。ここからホスト名を解決できません。
check-http-no-network = { $url } に問い合わせできませんでした。ここからネットワークに届きません。
check-http-too-large = { $url } の応答が { $limit } KiB を超えたため、JSON を読みませんでした。
check-http-no-json = { $url } は応答しましたが、JSON ではありません：{ $got }
check-http-no-field = { $url } の応答に `{ $field }` がありません。
check-http-field = { $url } の応答で `{ $field }` が `{ $expected }` ではなく `{ $got }` です。
check-prometheus-settings = この Prometheus チェックの設定は使えません：{ $reason }
check-prometheus-no-address = Prometheus の場所が分かりません。PROMETHEUS_URL が設定されていません。
check-prometheus-ok = `{ $query }` は { $value_number } です。
check-prometheus-above = `{ $query }` は { $value_number } です。{ $bound_number } を超えると不合格です。
check-prometheus-below = `{ $query }` は { $value_number } です。{ $bound_number } を下回ると不合格です。
check-prometheus-nothing = Prometheus に `{ $query }` の値がありません。その時系列がないか、トラフィックがありません。
check-prometheus-nan = `{ $query }` はいま数値になりません（NaN）。0 ÷ 0 なので、おそらくトラフィックがありません。
check-prometheus-infinite = `{ $query }` はいま無限大です。0 で割っています。
check-prometheus-several = `{ $query }` の値は 1 つではなく { $n } 個あります。
check-prometheus-several-next = sum(…) や max(…) などで 1 つにまとめてください。
check-prometheus-no-number = `{ $query }` は数値ではなく { $kind } です。
check-prometheus-no-number-next = 数値を 1 つ求めてください。範囲には rate(…) などの関数が、ヒストグラムには histogram_quantile(…) が必要です。
check-prometheus-said = Prometheus は `{ $query }` に答えませんでした（{ $status }）：{ $message }
check-prometheus-said-next = クエリの誤りなら直してください。そうでなければ Prometheus 自体を確認してください。
check-prometheus-status = { $url } は { $status } を返しました。Prometheus の応答ではありません。
check-prometheus-status-next = 続くようなら、アドレスを確認してください。PROMETHEUS_URL かチェックの `url` に書くのは、/api/v1/query より前の部分です。
check-prometheus-redirect = { $url } はリダイレクトの { $status } を返しました。リダイレクトはたどりません。
check-prometheus-redirect-next = リダイレクト先のアドレスを、/api/v1/query を除いて、PROMETHEUS_URL かチェックの `url` に書いてください。
check-prometheus-token = { $url } は PROMETHEUS_TOKEN を受け付けません（{ $status }）。
check-prometheus-token-next = 別のトークンを設定してください。「FlyV1 …」のように方式を付けて書かなければ、「Bearer …」として送ります。
check-prometheus-no-token = { $url } にはトークンが必要ですが（{ $status }）、PROMETHEUS_TOKEN が設定されていません。
check-prometheus-no-token-next = PROMETHEUS_TOKEN に入れてください。「FlyV1 …」のように方式を付けて書かなければ、「Bearer …」として送ります。
check-prometheus-never-token = { $url } にはトークンが必要ですが（{ $status }）、設定ファイルに書かれたアドレスにはトークンを送りません。
check-prometheus-never-token-next = チェックから `url` を外し、アドレスを PROMETHEUS_URL に入れてください。
check-prometheus-no-name = { $url } に問い合わせできませんでした。ここからホスト名を解決できません。
check-prometheus-no-name-next = アドレスと、このマシンのネットワークを確認してください。
check-prometheus-no-network = { $url } に問い合わせできませんでした。ここからネットワークに届きません。
check-prometheus-no-network-next = このマシンのネットワークを確認してください。
check-prometheus-nobody = { $url } に問い合わせできませんでした。待ち受けているものがありません。
check-prometheus-nobody-next = アドレスと、Prometheus が動いているかを確認してください。
check-prometheus-broken = { $url } は正しい応答を返さずに切れました：{ $reason }
check-prometheus-broken-next = もう一度試してください。続くようなら、アドレスと Prometheus 自体を確認してください。
check-prometheus-timeout = { $url } は { $limit } ms 以内に応答しませんでした。
check-prometheus-timeout-next = もう一度試してください。続くようなら、クエリを軽くするか、チェックの `timeout` を長くしてください。
check-prometheus-too-large = `{ $query }` の応答が { $limit } KiB を超えたため、読みませんでした。
check-prometheus-too-large-next = sum(…) や max(…) などで数値 1 つにまとめてください。
check-prometheus-nonsense = { $url } は応答しましたが、Prometheus の応答ではありません。
check-prometheus-nonsense-next = アドレスを確認してください。PROMETHEUS_URL かチェックの `url` に書くのは、/api/v1/query より前の部分です。

## notes: targets

target-kind-unknown = ターゲットの種類 `{ $kind }` はありません。使えるもの：{ $known }

## notes: targets/fly

fly-settings-no-table = fly ターゲットはテーブルで書きます。例：`target = {"{"} kind = "fly", app = "my-app", strategy = "rolling" {"}"}`
fly-setting-unknown = fly ターゲットに `{ $key }` という設定はありません。`{ $nearest }` ではありませんか？
fly-app-unset = fly ターゲットにアプリ名がありません。`app = "my-app"` を書き足してください。
fly-app-malformed = `{ $app }` は fly.io のアプリ名になりません。使えるのは英小文字、数字、途中のハイフンで、63 文字までです。
fly-strategy-unknown = `{ $strategy }` という方式はありません。`strategy = "rolling"`、`"immediate"`、`"canary"`、`"bluegreen"` のどれかを書いてください。
fly-token-missing = fly.io のトークンがありません。`FLY_API_TOKEN` を設定し（`fly tokens create deploy` で作れます）、Shipgate を起動し直してください。
fly-token-malformed = `FLY_API_TOKEN` にトークンとして使えない文字が入っています。改行を入れずに設定し直し、Shipgate を起動し直してください。
fly-url-malformed = `{ $url }` は Machines API のアドレスではありません。`FLY_FLAPS_BASE_URL` を確認してください。
fly-client-broken = fly.io への接続を準備できません：{ $error }

fly-registry-malformed = `{ $url }` はレジストリのアドレスではありません。`FLY_REGISTRY_HOST` を確認してください。
fly-unreachable = fly.io に接続できません（{ $error }）。つながるまで `{ $app }` の状態は分かりません。ネットワークと `FLY_FLAPS_BASE_URL` を確認してください。
fly-no-answer = fly.io から `{ $app }` についての応答がありません（{ $error }）。status.flyio.net を見て、障害がなければネットワークを確認してください。
fly-empty = fly.io は `{ $app }` について { $status } を返しましたが、中身が空でした。`FLY_FLAPS_BASE_URL` と status.flyio.net を確認してください。リクエスト：{ $request }
fly-nonsense = `{ $app }` について fly.io の代わりに、Machines API ではないものが応答しています（{ $status }）：`{ $error }`。`FLY_FLAPS_BASE_URL` と途中のプロキシを確認してください。リクエスト：{ $request }
fly-unauthorized = fly.io がトークンを受け付けませんでした（401）。誤り、期限切れ、失効のいずれかです。新しい `FLY_API_TOKEN` を設定し、Shipgate を起動し直してください。リクエスト：{ $request }
fly-forbidden = この fly.io トークンではアプリ `{ $app }` を扱えません（403）。アプリ名を確認するか、このアプリを変更できる `FLY_API_TOKEN` を設定してください。リクエスト：{ $request }
fly-app-not-found = fly.io にアプリ `{ $app }` がありません（404）。設定ファイルのアプリ名を確認してください。リクエスト：{ $request }
fly-limited = fly.io が `{ $app }` へのリクエストを減らすよう求めています（429）。Shipgate は間隔を空けて続けます。リクエスト：{ $request }
fly-unwell = fly.io が `{ $app }` について応答できませんでした（{ $status }）：`{ $error }`。続くようなら status.flyio.net を確認してください。リクエスト：{ $request }
fly-refused = fly.io が `{ $app }` についてのリクエストを拒否しました（{ $status }）：`{ $error }`。リクエスト：{ $request }

fly-nothing-to-update = アプリ `{ $app }` には `fly deploy` が管理するマシンがなく、更新するものがありません。一度 `fly deploy` を実行するか、アプリ名を確認してください。
fly-host-unreachable = マシン `{ $machine }` のホストが応答しないため、このマシンは変更できません。最後に確認できた状態は `{ $state }`、イメージは `{ $digest }` です。しばらく待つか、`fly machine status { $machine }` で確認してください。
fly-machine-gone = `{ $app }` のマシン `{ $machine }` がなくなっています。誰かが削除したのかもしれません。
fly-lease-held = マシン `{ $machine }` は { $owner } が { $until }までリースを保持しているため、今は変更できません。別のツールがデプロイ中かもしれません。誰も使っていなければ `fly machine leases clear { $machine }` で解除できます。
fly-image-missing = レジストリにイメージ `{ $image }` がないため、動かせません。プッシュするか、存在するイメージをリリースしてください。fly.io の返答：`{ $error }`（リクエスト { $request }）
fly-no-room = マシン `{ $machine }` のホストが更新を受け付けません：`{ $error }`。時間をおいて試すか、別のホストにマシンを複製してください。（リクエスト { $request }）
fly-keeps-changing = マシン `{ $machine }` がほかから変更されています：`{ $error }`。別のツールがデプロイしていないか確認してください。（リクエスト { $request }）
fly-outcome-unknown = マシン `{ $machine }` が更新されたかどうか分かりません。fly.io が応答しなくなりました（`{ $error }`）。
fly-record-unreadable = マシン `{ $machine }` の記録が読めないため、何に戻せばよいか分かりません。`fly machine status { $machine }` で確認してください。
fly-boot-failed = マシン `{ $machine }` が起動しませんでした。状態は `{ $state }`（終了コード { $code }）です。`fly logs` を確認してください。
fly-boot-timeout = マシン `{ $machine }` は { $minutes } 分たっても `{ $state }` のままなので、失敗と見なします。`fly logs` を確認してください。
fly-stopped-unexpectedly = 動いているはずのマシン `{ $machine }` が `{ $state }`（終了コード { $code }）になっています。`fly logs` を確認してください。
fly-out-of-memory = マシン `{ $machine }` はメモリ不足で終了しました。メモリを増やすか、何が使っているかを調べてください。
fly-exit-loop = マシン `{ $machine }` は起動と終了を繰り返しています（終了コード { $code }、再起動 { $restarts } 回）。`fly logs` を確認してください。
fly-restarts = マシン `{ $machine }` が動き続けません。状態は `{ $state }` です。`fly logs` を確認してください。
fly-checks-failing = マシン `{ $machine }` の次のチェックに合格していません：{ $checks }。最初のチェックの出力：`{ $output }`
fly-checks-silent = マシン `{ $machine }` にはチェックがありますが、結果が 1 つも届いていません。合格とは見なしません。
fly-changed-by-others = マシン `{ $machine }` は、その間に別の人かツールに変更されました（状態は `{ $state }`、動いているのは `{ $digest }`）。Shipgate はそのままにします。誰がデプロイしているのかを `fly releases` で確かめ、デプロイするツールを 1 つに絞ってください。
fly-unsettled = マシン `{ $machine }` は途中の状態 `{ $state }` のままです。状態が定まるまで変更しません。
fly-not-verified = 最後の確認で、マシン `{ $machine }` はこのリリースを動かしていませんでした。状態は `{ $state }`、イメージは `{ $digest }` です。
fly-stays-down = 状態は `{ $state }` のままです。次に起動したとき、新しいイメージで動きます。
fly-mounts = マシン `{ $machine }` にはボリュームがあり、ボリュームは 1 台のマシンに属するため、方式 `{ $strategy }` で別のマシンを隣に置くことはできません。設定に `strategy = "rolling"` と書いてください。
fly-no-room-for-more = fly.io に `{ $machine }` と同じマシンをもう 1 台置く空きがありません：`{ $error }`。後でもう一度試すか、追加のマシンが要らない `strategy = "rolling"` と書いてください。（リクエスト { $request }）
fly-not-made = fly.io が `{ $machine }` と同じマシンをもう 1 台作りません：`{ $error }`。組織の上限が理由なら引き上げてもらうか、マシンを増やさない `strategy = "rolling"` と書いてください。（リクエスト { $request }）
fly-not-removed = 脇に置いたマシン `{ $machine }` を削除できません：`{ $error }`。`fly machine destroy --force { $machine }` で削除してください。（リクエスト { $request }）
fly-canary-boots = カナリア：まだリクエストは届きません
fly-canary-well = カナリア：正常でした
fly-canary-sick = カナリアが正常ではなかったため、ほかのマシンには展開していません。{ $note }
fly-green-sick = 新しいマシンが正常ではなかったため、切り替えていません。{ $note }
fly-canary-in-traffic = カナリア：リクエストが届いています
fly-in-place-of = { $machine } の代わり
fly-in-place-of-reached = { $machine } の代わり（リクエストが届いています）
fly-in-place-of-down = { $machine } の代わり（元と同じく `{ $state }`）
fly-not-restored = `{ $app }` のすべてを元に戻せてはいません。戻っていないもの：{ $machines }。それぞれ `fly machine status` で確認してください。
fly-not-as-before = マシン `{ $machine }` は元の状態に戻っていません（状態は `{ $state }`、イメージは `{ $digest }`）。`fly machine status { $machine }` で確認してください。

## notes: runner

runner-too-long = 時間内に応答がありませんでした。もう一度試すか、何が動いているかをターゲットに確認します。
runner-broke = この呼び出しの途中で Shipgate 側に不具合が起きました。応答なしとして処理を続けます。原因はログにあります。
runner-stopped = 呼び出しが途中で打ち切られました。もう一度試します。
runner-fenced = マシンには、この Shipgate のものではない試行 { $newer } の印が付いています。ほかの何かが操作しています。原因を確かめてから、やり直してください。

## notes: store

store-bad-url = データベースのアドレスが使えません：{ $reason }。DATABASE_URL か設定の [database] に sqlite:///data/shipgate.db または postgres://shipgate:PASSWORD@db.example.org/shipgate のように書いてください。
store-no-folder = フォルダー { $path } がないため、データベースを作れません。フォルダーを作るか、DATABASE_URL で別の場所を指定してください。
store-read-only = データベース { $path } を書き込み用に開けません（{ $text }）。何も変更していません。Shipgate の実行ユーザーがファイルとフォルダーに書き込めるようにしてください。
store-not-a-database = { $path } は使えるデータベースではありません（{ $text }）。何も変更していません。別のファイルを指定するか、バックアップを戻してください。
store-foreign = { $database } は別のプログラムのデータベースです。何も変更していません。DATABASE_URL で別のデータベースを指定してください。PostgreSQL なら別のスキーマでもかまいません。
store-newer = { $database } は新しい Shipgate が更新したものです。スキーマ { $needs } が必要ですが、このプログラムは { $knows } までしか読めません。何も変更していません。新しいプログラムで起動するか、バックアップを戻してください。
store-busy = データベースが混み合っていて時間内に書き込めなかったため、何も変更していません。少し待ってからもう一度お試しください。
store-full = データベース { $path } の空き容量がありません。書き込み済みのデータは無事ですが、新しく書き込めないため Shipgate は停止します。空き容量を作ってから、もう一度起動してください。
store-io = データベース { $path } の読み書きに失敗しました（{ $text }）。確定済みのデータは無事ですが、Shipgate は停止します。ディスクを確認してから、もう一度起動してください。
store-inconsistent = 保存されている内容に矛盾があります（{ $text }）。何も変更していません。`shipgate audit verify` を実行し、報告してください。
store-other = データベースに拒否されました（{ $text }）。何も変更していません。もう一度試し、続くようなら報告してください。
store-server-unreachable = データベースサーバー { $server } に接続できません（{ $text }）。何も変更していません。動作中の Shipgate はサーバーが戻れば自動で再開するので、少し待ってからもう一度お試しください。続くようなら、サーバーの状態、アドレス、経路を確認してください。
store-server-cut = データベースサーバー { $server } との接続が切れました（{ $text }）。何も変更していません。少し待ってからもう一度お試しください。Shipgate は自動で再開します。
store-server-unknown = 書き込みの途中でデータベースサーバー { $server } との接続が切れ（{ $text }）、書き込まれたかどうかをサーバーから確認できません。実行済みの可能性があります。やり直す前に状況を確認してください。
store-server-read-only = データベースサーバー { $server } は今、書き込みを受け付けていません。待機系になっているか、書き込みが禁止されています。何も変更していません。動作中の Shipgate は、書き込めるようになれば自動で再開します。続くようなら、書き込めるサーバーを DATABASE_URL で指定してください。
store-server-denied = データベースサーバー { $server } に接続を拒否されました（{ $text }）。DATABASE_URL のユーザーとパスワードを確認してください。英数字以外の文字は %XX の形で書きます。
store-server-tls = データベースサーバー { $server } と、必要な形の暗号化接続ができません（{ $text }）。サーバーが暗号化を求める場合は、アドレスの後ろに `?sslmode=verify-full` を付け、証明書が独自の認証局のものなら `&sslrootcert=FILE` も加えてください。サーバーが暗号化に対応していない場合は `?sslmode=disable` を付けてください。
store-server-no-database = サーバー { $server } に、指定されたデータベースがありません（{ $text }）。`createdb` で作るか、DATABASE_URL で別のデータベースを指定してください。
store-server-no-schema = データベース { $server } に、Shipgate のテーブルを置くスキーマがありません。ユーザーの `search_path` にあるスキーマがどれも存在しません。`CREATE SCHEMA` で作るか、`search_path` を設定してください。
store-server-elsewhere = Shipgate のテーブルはデータベース { $server } のスキーマ { $text } にありますが、ユーザーの `search_path` では別のスキーマが先になっています。何も変更していません。`search_path` の先頭を { $text } にするか、アドレスの後ろに `?options=-csearch_path%3D{ $text }` を付けてください。
store-server-no-right = データベース { $server } で、Shipgate のユーザーに必要な権限がありません（{ $text }）。このユーザーをテーブルの所有者にし、テーブルの作成を許可してください：`GRANT USAGE, CREATE ON SCHEMA … TO …`。
store-server-gone = データベース { $server } から Shipgate のテーブルがなくなったため（{ $text }）、Shipgate は停止します。バックアップを戻してから、もう一度起動してください。
store-server-too-old = データベースサーバー { $server } は PostgreSQL { $text } ですが、Shipgate には 13 以降が必要です。何も変更していません。
store-server-encoding = データベース { $server } の文字コードは { $text } ですが、Shipgate には UTF8 が必要です。何も変更していません。`createdb --encoding UTF8 --template template0` で作ってください。
store-server-full = データベースサーバー { $server } の空き容量がありません（{ $text }）。書き込み済みのデータは無事ですが、新しく書き込めないため Shipgate は停止します。空き容量を作ってから、もう一度起動してください。
store-server-damaged = データベースサーバー { $server } がディスクを読み書きできないか、データが壊れているため（{ $text }）、Shipgate は停止します。サーバーを直してから、もう一度起動してください。
store-newer-attempt = この環境では新しい試行が始まっているため、こちらは停止しました。
store-no-file = データベース { $path } がありません。DATABASE_URL か、設定の `[database]` の `url` で場所を指定してください。

## chat: terminal

terminal-only-for = （{ $name } さんだけに表示）
terminal-press = 入力：{ $presses }
terminal-gone = ターミナルに出力できなくなりました：{ $error }

## chat: what they have in common

form-reason = 理由
form-reason-example = 気づいたこと、直すべきこと
form-reject = 却下
form-back = { $known ->
    [yes] { $version } へロールバック
   *[no] ロールバック
}
form-anyway = { $known ->
    [yes] それでも { $version } に戻す
   *[no] それでも戻す
}
chat-card-moved = 前のカードは編集できなくなったため、ここに続けます（前のカード：{ $link }）。
chat-card-first = このメッセージは、対象のカードが投稿されるのを待っています
chat-older-card-first = このカードは、先に始まったデプロイのカードが投稿されるのを待っています
chat-pick-confirm = 確認する項目を選択…
chat-pick-approve = 承認するゲートを選択…

## chat: discord

discord-unreachable = Discord に接続できません（{ $reason }）
discord-token-refused = Discord が DISCORD_TOKEN を受け付けません
discord-not-permitted = Discord がこの操作を許可していません（{ $said }）。必要な権限は { $needs } です。どのチャンネルで足りないかは `shipgate check` で確認できます
discord-no-channel = そのチャンネルは Discord にありません。設定の [discord] を確認してください
discord-too-fast = Discord から、間隔を空けるよう求められました
discord-down = Discord が { $status } を返しました
discord-refused = 送った内容を Discord が受け付けませんでした（{ $said }）

## chat: slack

slack-unreachable = Slack に接続できません（{ $reason }）
slack-token-refused = Slack が SLACK_BOT_TOKEN を受け付けません（{ $said }）
slack-not-permitted = Slack がこの操作を許可していません（{ $said }）。足りないものは `shipgate check` で確認できます
slack-no-channel = そのチャンネルが Slack にないか、ボットが参加していません（{ $said }）。設定の [slack] を確認してください
slack-too-fast = Slack から、間隔を空けるよう求められました
slack-down = Slack が { $status } を返しました
slack-refused = 送った内容を Slack が受け付けませんでした（{ $said }）
slack-form-send = 送信
slack-form-close = やめる
slack-form-title = Shipgate

manifest-about = ビルドを、ゲートと人の承認を通して、環境から環境へ届けます。
manifest-one-for-all = Shipgate のすべてのコマンド。名前がほかで使われている場合にも
manifest-one-for-all-hint = deploy staging · status · help
manifest-no-url = 設定は [slack] mode = "http" です。Slack から Shipgate に届くアドレスを --url https://… で指定するか、mode = "socket" にしてください。
manifest-needless-url = 設定は [slack] mode = "socket" なので、アドレスは不要です。--url を外すか、mode = "http" にしてください。

## demo

demo-welcome =
    Shipgate は、ビルドを、ゲートと人の承認を経て、環境から環境へ届けます。
    これはデモです。模擬の fly.io 上で、2 つのアプリが実際に応答します。外部には一切影響しません。

      staging     { $staging }
      production  { $production }

    あなたは ada です。`bob: …` と書くと bob の発言になります。ada と bob はリリースできますが、eve はできません。

      /deploy staging             最新のリリース v2 をデプロイします
      /promote                    staging で成功したものを production に昇格させます
      bob: /press Approve         自分の依頼は自分では承認できません
      /deploy staging v3-broken   ゲートで失敗し、ロールバックされます
      /status   /why production   /help

    API：curl -H "Authorization: Bearer { $token }" http://{ $address }/api/v1/apps/hello
    Control-C で終了します。

## cli

cli-about = ビルドを、ゲートと人の承認を経て、環境から環境へ届けます。いつものチャットから操作できます。
cli-usage = 使い方:
cli-options = オプション
cli-commands = コマンド
cli-help = この説明を表示します
cli-version = バージョンを表示します
cli-after = まずは `shipgate demo` をどうぞ。アカウントも設定ファイルも要りません。
cli-sleep-after = 進行中のものがなく、この時間（10m など）何も依頼がなければ終了します。次のリクエストで起動する環境なら、その間スリープできます
cli-sleep-gateway = --sleep-after は [discord] の mode = "gateway" と一緒には使えません。スリープ中は接続がなく、ボタンを押しても起動できないためです。mode = "http" にするか、このオプションを外してください。
cli-sleep-socket = --sleep-after は [slack] の mode = "socket" と一緒には使えません。スリープ中は接続がなく、ボタンを押しても起動できないためです。mode = "http" にするか、このオプションを外してください。
cli-run = ボットを起動します
cli-demo = 模擬の fly.io と、このターミナルをチャットに見立てて、すべての機能を試せます
cli-check = 設定と、そこに書かれた接続先をすべて確認し、誰が何をできるかを示します
cli-offline = ファイルだけを確認します。外部には何も尋ねず、環境変数も要りません
cli-init = 最初の設定ファイルを書きます。いくつか質問します。オプションでも答えられます
cli-bad-pair = 環境、=、fly.io での名前を続けて書いてください。例：staging=hello-staging
cli-bad-url = https:// で始まり、? と # を含まないアドレスを書いてください。例：https://shipgate.example.com
cli-bad-speed = 0.1 から 1000 までの数を書いてください
cli-bad-idle = 1m から 24h までの長さを書いてください
cli-init-app = アプリの名前
cli-init-environments = 環境を昇格の順に、コンマ区切りで［既定値：staging,production］
cli-init-fly-app = 環境ごとの fly.io でのアプリ名。環境の数だけ書けます［既定値：アプリ名-環境名、production はアプリ名］
cli-init-people = リリースできる人の名前を、コンマ区切りで
cli-init-time-zone = 時刻の表示に使うタイムゾーン［既定値：UTC、--locale ja なら Asia/Tokyo］
cli-init-guild = 使う Discord サーバー
cli-init-channel = カードを出す Discord チャンネル
cli-init-role = リリースできる人の Discord ロール
cli-init-slack = カードを出す Slack チャンネル
cli-init-group = リリースできる人の Slack ユーザーグループ
cli-init-out = 書き込み先［既定値：SHIPGATE_CONFIG、または shipgate.toml］
cli-init-force = すでにあるファイルを上書きします
cli-schema = 設定ファイルの JSON Schema をエディター用に出力します
cli-manifest = チャットのアプリを作るための定義を表示します
cli-manifest-slack = Slack アプリを作るためのマニフェストを、すべてのコマンド・スコープ・イベント付きで表示します
cli-manifest-url = Slack から Shipgate に届くアドレス（例：https://shipgate.example.com）。[slack] mode = "http" の場合に使います
cli-sim = リリース先のプラットフォームを模擬します
cli-sim-fly = 模擬の fly.io だけを、ループバックアドレスで動かします
cli-audit = 台帳を調べます
cli-audit-verify = すべての台帳を検証し、変更・削除・挿入された記録を示します
cli-config = 設定ファイル［既定値：SHIPGATE_CONFIG、なければ shipgate.toml］
cli-speed = 模擬時間を何倍の速さで進めるか（0.1〜1000）［既定値：1］
cli-locale = 言語：en または ja［既定値：LC_ALL または LANG の言語］
cli-listen = 待ち受けるループバックアドレス［既定値：空いているポート］
cli-no-runtime = スレッドを起動できません：{ $reason }。メモリを空けるかプロセス数の上限を上げて、もう一度起動してください。
cli-sim-failed = 模擬の fly.io を動かせません：{ $reason }
## init：質問、その結果、ファイルのコメント

init-welcome = 最初の設定ファイルのために、いくつか質問します。そのまま Enter を押すと、角括弧の中の値になります。
init-ask-app = アプリの名前は？
init-ask-environments = 環境を昇格の順に（コンマ区切り）
init-ask-fly-app = { $environment } の fly.io でのアプリ名は？
init-ask-people = リリースできる人の名前（コンマ区切り）
init-ask-time-zone = 時刻の表示に使うタイムゾーンは？
init-ask-guild = Discord サーバーの ID（空なら Discord なし）
init-ask-channel = カードを出すチャンネルの ID
init-ask-role = リリースできる人のロールの ID（空ならなし）
init-ask-slack = カードを出す Slack チャンネルの ID（空なら Slack なし）
init-ask-group = リリースできる人の Slack ユーザーグループの ID（空ならなし）
init-missing = 質問できる端末がないので、次のオプションが必要です：{ $options }。`shipgate init --help` を見てください。
init-no-environment = --fly-app にある環境 { $name } は --environments にありません。そちらに加えるか、こちらから外してください。
init-fly-app-twice = --fly-app に環境 { $name } が二度あります。一度だけ指定してください。
init-wrong = これらのオプションでは設定になりません。何も書き込んでいません。
init-terminal = 質問を続けられません（{ $reason }）。何も書いていません。やり直すか、オプションで答えてください：`shipgate init --help`
init-exists = { $path } はすでにあるので、何も書いていません。--out で別のファイルを指定するか、--force で上書きしてください。
init-refused = この答えからは正しい設定ができないので、何も書いていません。行番号は、できるはずだったファイルのものです。
init-unwritable = { $path } に書き込めません（{ $reason }）。--out で別の場所を指定してください。
init-done = { $path } を書きました。
init-api = SHIPGATE_API_TOKENS が空なので、誰も API を使えません。[people] の名前ごとに「名前=トークン」をコンマ区切りで設定してください。トークンは `openssl rand -hex 24` で作れます。
init-next = 次に：`shipgate check --config { $path }`
init-file-head =
    `shipgate init` が作りました。使えるキーの一覧：`shipgate schema`、または README。起動時に読み込まれます。
    変えたあとは：shipgate check
init-file-top = 時刻の表示に使うタイムゾーンと、チャンネルの言語（"en" か "ja"）。
init-file-database = なければ作られます。DATABASE_URL が優先されます。
init-file-discord = DISCORD_TOKEN で接続します。チャンネルは warnings、incidents、announcements も追加できます。
init-file-slack = アプリは `shipgate manifest slack` の出力から作れます。チャンネルは warnings、incidents、announcements も追加できます。
    Slack で操作する人は、[people] に "slack:user:U0ADA" のような ID を書くか、ユーザーグループに入れてください。
init-file-people = 一人の人と、その名義。Discord の名義は "discord:user:ID" と書き足します。"api:名前" のトークンは SHIPGATE_API_TOKENS に入れます。
init-file-groups = 人の名前か、Discord のロール（"discord:role:ID"）。
init-file-permissions = 何を、誰ができるか。"everyone" は組み込みです。
init-file-first = 最初の環境：/deploy。一度は `fly deploy` でデプロイしてあることが必要です。
init-file-later = 昇格の順で次の環境：/promote。
init-file-approval = 一人が依頼し、別の人が承認するまで、何も変わりません。
init-file-alone =
    リリースできる人がほかにもいれば、依頼した人とは別の人が承認するようにできます：
    { "[[" }apps.environments.before]]
    name = "approval"
    approval = { "{" } from = "releasers", not_requester = true, expires = "20m" { "}" }
init-file-after = 動き出したら、この回数続けて尋ねます。失敗すれば、環境は自動で元に戻ります。
init-file-watch = この 30 分の間は、まだ自動で元に戻ります。

## cli: check

explain-permissions = 誰に何が許されているか
explain-environments = 各環境で必要なもの
explain-warnings = 確認してください
explain-nobody = なし
explain-default = 設定にないため既定値です
explain-asked = { $gate }：{ $group } から { $count } 人
explain-override-by = 強行には { $count } 人
explain-nobody-asked = 人の操作は不要です
explain-fine = この設定は使えます。
explain-nobody-may = 権限 `{ $key }` を持つ人がいません。[permissions] にグループを書いてください。
explain-too-few-override = { $app } { $environment }：ゲートの強行や緊急リリースには { $count } 人が必要ですが、権限のある人は { $most } 人しかいません。
explain-nobody-decides = { $app } { $environment }：監視で判断できないときに尋ねるグループ「{ $group }」には誰もいません。判断できるのは `rollback` の権限を持つ人だけです。
explain-nobody-confirms = { $app } { $environment }：「{ $gate }」を確認できる人がいません。グループ「{ $group }」が空です。
explain-nobody-approves = { $app } { $environment }：「{ $gate }」を承認できる人がいません。「{ $group }」のメンバーで、しかも権限 `approve` を持つ人が必要です。
explain-too-few-approve = { $app } { $environment }：「{ $gate }」には { $count } 人の承認が必要ですが、「{ $group }」で承認できる人はそれより少数です。
explain-never-open = { $app } { $environment }：「{ $gate }」はこの先 400 日のあいだ一度も開かないため、何も通れません。曜日や時刻、日付を見直してください。
explain-soak-too-long = { $app } { $environment }：「{ $gate }」は { $soak_span }かかりますが、展開は { $give_up_span }であきらめます。早く依頼したものは通れません。`give_up` を長くするか、待つ時間を短くしてください。
explain-no-chat = グループ「{ $group }」には誰もいません。"{ $member }" に誰がいるかはチャットだけが知っており、設定に [{ $section }] がありません。その項目を加えるか、人の名前を書いてください。
explain-own-request = { $app } { $environment }：「{ $group }」のメンバーが依頼したものは、「{ $gate }」を決して通過できません。依頼した本人の承認は数えず、ほかに承認できる人が足りないからです。

live-title = 接続先の確認
live-wrong = 直すべき点があります。何も変更していません。
live-fine = 接続先はすべて正常です。
live-silent = { $chat } が応答しません
live-silent-next = もう一度実行してください。続く場合は、このマシンのネットワークを確認してください。
live-database = データベースは使えます：スキーマ { $schema }
live-no-database = データベースはまだありません。`shipgate run` が作ります
live-database-next = 直るまで `shipgate run` は起動しません。
live-target-next = 直してから、もう一度確認してください。
live-target-silent = { $environment } の動く先から応答がありません
live-target-silent-next = もう一度試してください。続くようなら、このマシンのネットワークと status.flyio.net を確認してください。
live-answers = ゲートとルールのチェックの、いまの答え
live-answers-next = ⚠ のままではゲートは通らず、監視は元に戻すか、数値がなければ人に判断を求めます。Shipgate の起動には差し支えありません。
live-unset = `shipgate run` の前に設定が必要なもの
live-offline = 外部には何も尋ねていません。`--offline` なしの `shipgate check` が尋ねます。
fly-check-machines = fly.io：トークンで { $app } を扱えます。マシンは { $count } 台です
fly-check-mounts = fly.io：マシン { $machine } にはボリュームがあるため、strategy = "{ $strategy }" のように別のマシンを隣に置けません
fly-check-mounts-next = この環境には strategy = "rolling" と書いてください。
fly-check-no-machines = fly.io：{ $app } に `fly deploy` で作ったマシンがありません
fly-check-no-machines-next = 一度、手で `fly deploy --app { $app }` を実行してください。Shipgate は動いているものを置き換えるだけで、マシンは作りません。
fly-check-unauthorized = fly.io が FLY_API_TOKEN を受け付けません（401）
fly-check-unauthorized-next = 誤り、期限切れ、失効のいずれかです。`fly tokens create deploy` で作り直して設定してください。
fly-check-forbidden = fly.io：FLY_API_TOKEN ではアプリ { $app } を扱えません（403）
fly-check-forbidden-next = 名前を確認するか、`fly tokens create deploy -a { $app }` で作ったトークンをコンマで追加してください。
fly-check-no-app = fly.io にアプリ { $app } がありません（404）
fly-check-no-app-next = `fly apps list` に出る名前を書くか、`fly apps create { $app }` で作ってください。
fly-check-next = 応答するまで、そこへは何もリリースできません。
fly-check-registry = fly.io：動いているイメージはレジストリにあります
fly-check-image-gone = fly.io：動いているイメージ { $image } は、もうレジストリにありません
fly-check-image-gone-next = このイメージに戻すことはできません。一度デプロイし直して、動いているものがレジストリにあるようにしてください。
fly-check-no-registry = fly.io：動いているイメージがあるかどうか、レジストリが答えません（{ $error }）
fly-check-no-registry-next = FLY_REGISTRY_HOST とネットワークを確認してください。元に戻す作業は待たずに進みますが、イメージが残っているかを知ることができません。
discord-check-token = Discord のトークンは有効です：アプリケーション「{ $name }」
discord-check-bad-token = Discord が DISCORD_TOKEN を受け付けません
discord-check-bad-token-next = https://discord.com/developers/applications でアプリケーションの「Bot」ページを開き、「Reset Token」で発行した新しいトークンを DISCORD_TOKEN に入れてください。
discord-check-unreachable = もう一度実行してください。続く場合は https://discordstatus.com と、このマシンのネットワークを確認してください。
discord-check-gateway = Discord：コマンドやボタンはゲートウェイ経由で届きます（特権インテントは不要）
discord-check-http = Discord：コマンドやボタンは { $url } に届きます
discord-check-address-set = Discord の送り先は { $url } ですが、設定は mode = "gateway" です。このままではコマンドもボタンも届きません
discord-check-address-set-next = アプリケーションの「General Information」ページで「Interactions Endpoint URL」を空にして保存するか、mode = "http" にしてください。
discord-check-no-address = 設定は mode = "http" ですが、アプリケーションに Interactions Endpoint URL がありません。このままではコマンドもボタンも届きません
discord-check-no-address-next = Discord から届く場所で `shipgate run` を起動してから、「General Information」ページの「Interactions Endpoint URL」に https://あなたのアドレス/discord/interactions を入れてください。
discord-check-other-address = Discord の送り先は { $url } ですが、Shipgate はそこで待ち受けていません
discord-check-other-address-next = アプリケーションの「General Information」ページで、「Interactions Endpoint URL」の末尾を /discord/interactions にしてください。
discord-check-other-key = DISCORD_PUBLIC_KEY がアプリケーションの公開鍵と違います。このままではすべてのリクエストを拒否します
discord-check-other-key-next = アプリケーションの「General Information」ページの「Public Key」をコピーしてください。
discord-check-guild = Discord：ボットはサーバー「{ $name }」に参加しています
discord-check-no-guild = ボットがサーバー { $guild } に参加していません
discord-check-no-guild-next = ID が正しければ、招待してください：{ $url }
discord-check-no-scope = このサーバーでコマンドを登録する許可がありません
discord-check-no-scope-next = もう一度招待してください。今の設定はそのまま残ります：{ $url }
discord-check-channel = Discord：チャンネル #{ $name }（{ $key }）
discord-check-no-channel = チャンネル { $id }（channels.{ $key }）がサーバーにないか、ボットから見えません
discord-check-no-channel-next = チャンネルを右クリックして「チャンネル ID をコピー」してください。非公開なら「チャンネルの編集」→「権限」→「メンバーまたはロールを追加」でボットを追加してください。
discord-check-missing = #{ $name }（{ $key }）でボットに足りない権限：{ $missing }
discord-check-missing-next = #{ $name } を右クリックして「チャンネルの編集」→「権限」を開き、ボットまたはそのロールに許可してください：{ $missing }
discord-check-no-role = 設定のグループにあるロール { $id } がサーバーにありません
discord-check-no-role-next = 「サーバー設定」→「ロール」でロールを右クリックし、「ロール ID をコピー」してください。
discord-check-mute-role = ロール @{ $name } をメンションしても、誰にも通知されません
discord-check-mute-role-next = 「サーバー設定」→「ロール」→「{ $name }」で「このロールに対して @mention を許可する」を有効にしてください。
discord-check-few-starts = ボットが今日接続できるのは、あと { $count } 回です
discord-check-few-starts-next = 再起動を繰り返しています。ログを確認してください。使い切ると、Discord がトークンを無効にします。

slack-check-token = Slack のトークンは有効です：ワークスペース「{ $team }」の @{ $name }
slack-check-bad-token = Slack が SLACK_BOT_TOKEN を受け付けません（{ $said }）
slack-check-bad-token-next = https://api.slack.com/apps でアプリの「OAuth & Permissions」ページを開き、「Install to …」または「Reinstall to …」のあと、「Bot User OAuth Token」を SLACK_BOT_TOKEN に入れてください。
slack-check-token-kind = SLACK_BOT_TOKEN がボットのトークンではありません
slack-check-token-kind-next = https://api.slack.com/apps でアプリの「OAuth & Permissions」ページを開き、「Bot User OAuth Token」（xoxb-…）をコピーしてください。
slack-check-scopes = Slack：ボットに必要なスコープはすべてそろっています
slack-check-missing-scopes = Slack でボットに足りないスコープ：{ $missing }
slack-check-missing-scopes-next = https://api.slack.com/apps でアプリの「OAuth & Permissions」→「Bot Token Scopes」→「Add an OAuth Scope」で追加し、ページ上部の「Reinstall to …」を押してください。
slack-check-socket = Slack：コマンドやボタンは Socket Mode 経由で届きます
slack-check-http = Slack：コマンドやボタンは署名付きリクエストとして /slack 以下に届きます（SLACK_SIGNING_SECRET が正しいかは、最初のリクエストで分かります）
slack-check-bad-app-token = Slack が SLACK_APP_TOKEN を受け付けません（{ $said }）。このままではコマンドもボタンも届きません
slack-check-bad-app-token-next = https://api.slack.com/apps でアプリの「Basic Information」→「App-Level Tokens」→「Generate Token and Scopes」で connections:write を付けて発行し、SLACK_APP_TOKEN に入れてください。
slack-check-app-token-kind = SLACK_APP_TOKEN がアプリのトークンではありません。このままではコマンドもボタンも届きません
slack-check-app-token-kind-next = https://api.slack.com/apps でアプリの「Basic Information」→「App-Level Tokens」を開き、connections:write の付いたトークン（xapp-…）をコピーしてください。
slack-check-app-token-scope = SLACK_APP_TOKEN にスコープ connections:write がありません。このままではコマンドもボタンも届きません
slack-check-app-token-scope-next = https://api.slack.com/apps でアプリの「Basic Information」→「App-Level Tokens」→「Generate Token and Scopes」で connections:write を付けて発行し、SLACK_APP_TOKEN に入れてください。
slack-check-socket-off = アプリの Socket Mode が無効です。このままではコマンドもボタンも届きません
slack-check-socket-off-next = https://api.slack.com/apps でアプリの「Socket Mode」ページの「Enable Socket Mode」を有効にするか、mode = "http" にしてください。
slack-check-channel = Slack：チャンネル #{ $name }（{ $key }）
slack-check-no-channel = チャンネル { $id }（channels.{ $key }）が Slack にないか、非公開でボットが参加していません
slack-check-no-channel-next = チャンネル名をクリックすると、「チャンネル情報」の一番下に ID があります。非公開なら、そのチャンネルで /invite @{ $bot } と入力してください。
slack-check-archived = チャンネル #{ $name }（{ $key }）はアーカイブされています
slack-check-archived-next = #{ $name } を開いて「チャンネルのアーカイブを解除する」を選び、/invite @{ $bot } と入力してください。または別のチャンネルを設定してください。
slack-check-not-in = ボットが #{ $name }（{ $key }）に参加していません
slack-check-not-in-next = #{ $name } を開いて、/invite @{ $bot } と入力してください。
slack-check-no-group = 設定のグループにあるユーザーグループ { $id } が Slack にありません
slack-check-no-group-next = 「メンバー」→「ユーザーグループ」でグループを開き、「⋮」→「グループ ID をコピー」を選んでください。
slack-check-refused = Slack が答えません（{ $said }）
slack-check-refused-next = この語を https://docs.slack.dev で調べ、ワークスペースのアプリに関する設定を確認してください。
slack-check-unreachable = もう一度実行してください。続く場合は https://slack-status.com と、このマシンのネットワークを確認してください。

## cli: audit

audit-clean = { $environments } 件の台帳、{ $entries } 件の記録を検証しました。変更・削除・挿入はありません。
audit-more = ほかに { $count } 件あります。
audit-broken = 台帳が壊れています（{ $environments } 環境、{ $entries } 件の記録を確認）。データベースにアクセスできる誰かが書き換えたか、ディスクの障害です。原因が分かるまで、このデータベースでデプロイしないでください。バックアップと見比べてください。

audit-changed = { $app }/{ $environment }：記録 { $seq } が書かれた時の内容と違います。
audit-removed = { $app }/{ $environment }：記録 { $from } から { $to } までがありません。
audit-inserted = { $app }/{ $environment }：記録 { $seq } は Shipgate が書いたものではありません。
audit-cut = { $app }/{ $environment }：末尾の記録 { $from } から { $to } までがありません。
audit-no-row = { $app }/{ $environment }：記録はありますが、環境そのものの行がありません。
audit-unreadable = { $app }/{ $environment }：記録 { $seq } は改変されていませんが、このプログラムでは読めません。新しいプログラムなら読める可能性があります。
audit-row-differs = { $app }/{ $environment }：記録は改変されていませんが、保存された状態が記録と一致しません。
audit-deployment-differs = { $app }/{ $environment }：記録は改変されていませんが、デプロイ { $deployment } の保存内容が記録と一致しません。

## cli: start

start-config = 設定を使えません。
start-listen = { $address } で待ち受けできません：{ $reason }。LISTEN_ADDR か PORT で別のアドレスを指定してください。
start-client = Web リクエスト用のクライアントを用意できません：{ $reason }。システムの CA 証明書（ca-certificates パッケージ）を入れてください。
start-simulator = 模擬の fly.io を起動できません：{ $reason }
start-folder = フォルダー { $path } を作れません：{ $reason }。TMPDIR で別の場所を指定してください。
start-input = 入力を読めません：{ $reason }
start-output = 出力に書けません：{ $reason }
start-refused = デモ用のリリースを登録できませんでした（{ $code }）。Shipgate の不具合です。
start-crashed = Shipgate の一部が異常終了しました：{ $reason }。起動し直してください。何も失われていません。お手数ですがご報告ください。

## config: the file

config-no-file = ファイルがありません
config-no-file-next = `examples/minimal.toml` を写して作るか、`--config PATH` または SHIPGATE_CONFIG で別のファイルを指定してください。
config-unreadable = ファイルを読めません：{ $reason }
config-unreadable-next = Shipgate を動かすユーザーが読めるようにしてください。
config-is-folder = これはフォルダーです
config-is-folder-next = その中のファイルを `--config PATH` か SHIPGATE_CONFIG で指定してください。
config-not-utf8 = ファイルが UTF-8 のテキストではありません
config-not-utf8-next = UTF-8 で保存してください。
config-file-too-long = ファイルが 1 MiB を超えています
config-file-too-long-next = 正しいファイルかどうか確認してください。
config-syntax = TOML として正しくありません：{ $message }
config-syntax-next = まずここを直してください。残りはそのあとで読みます。

config-unknown-key = キー「{ $word }」はありません
config-unknown-key-next = 削除してください。ここで使えるキー：{ $known }
config-unknown-key-near = キー「{ $word }」はありません。「{ $near }」ではありませんか？
config-unknown-key-near-next = `{ $near }` と書いてください。
config-spaced = "{ $text }" の前か後ろに空白があります
config-spaced-next = 空白を取って "{ $text }" と書いてください。
config-missing = `{ $key }` がありません
config-missing-next = 例：{ $example }
config-section-not-yet = `{ $key }` は、このバージョンの Shipgate にはまだありません
config-section-not-yet-next = 今はこのセクションを削除してください。
config-not-yet = { $what ->
    [check] 種類「{ $word }」のチェック
   *[target] 種類「{ $word }」のターゲット
}は、このバージョンの Shipgate にはまだありません
config-not-yet-next = このバージョンで使えるもの：{ $known }
config-unknown-word = `{ $key }` に「{ $word }」は使えません
config-unknown-word-next = 次のどれかを書いてください：{ $known }
config-unknown-word-near = `{ $key }` に「{ $word }」は使えません。「{ $near }」ではありませんか？
config-unknown-word-near-next = "{ $near }" と書いてください。
config-unknown-group = グループ「{ $word }」はありません
config-unknown-group-next = [groups] に加えるか、次のどれかを書いてください：{ $known }
config-unknown-group-near = グループ「{ $word }」はありません。「{ $near }」ではありませんか？
config-unknown-group-near-next = "{ $near }" と書くか、[groups] に「{ $word }」を加えてください。
config-not-a-group = 「{ $name }」はグループではありません
config-not-a-group-next = [groups] に `team = ["{ $name }"]` のようなグループを作り、ここには "team" と書いてください。
config-unknown-person = 「{ $word }」という人はいません
config-unknown-person-next = [people] に加えるか、"terminal:{ $word }" のように ID を書くか、次のどれかを書いてください：{ $known }
config-unknown-person-near = 「{ $word }」という人はいません。「{ $near }」ではありませんか？
config-unknown-person-near-next = "{ $near }" と書くか、[people] に「{ $word }」を加えてください。
config-unknown-person-none = 「{ $word }」という人はいません。[people] に誰も書かれていません
config-unknown-person-none-next = [people] に `{ $word } = ["terminal:{ $word }"]` と加えるか、ここに ID を書いてください。
config-unknown-placeholder = 「{ $word }」はここでは意味を持ちません
config-unknown-placeholder-next = 使えるのは、環境のアドレスを表す { $known } だけです。
config-unknown-placeholder-near = 「{ $word }」はここでは意味を持ちません。「{ $near }」ではありませんか？
config-unknown-placeholder-near-next = アドレスの先頭に `{ $near }` と書いてください。
config-unknown-zone = タイムゾーン「{ $word }」はありません
config-unknown-zone-next = "Asia/Tokyo"、"Europe/Berlin"、"UTC" のような名前を書いてください。
config-unknown-zone-near = タイムゾーン「{ $word }」はありません。「{ $near }」ではありませんか？
config-unknown-zone-near-next = "{ $near }" と書いてください。

## config: values

config-not-text = `{ $key }` は文字列でなければなりません
config-not-text-next = 引用符で囲んでください："…"
config-not-whole = `{ $key }` は整数でなければなりません
config-not-whole-next = 引用符も小数点も付けずに、3 のように書いてください。
config-not-number = `{ $key }` は数でなければなりません
config-not-number-next = 引用符を付けずに、0.05 のように書いてください。
config-not-boolean = `{ $key }` は true か false でなければなりません
config-not-boolean-next = 引用符を付けずに、true か false と書いてください。
config-not-list = `{ $key }` はリストでなければなりません
config-not-list-next = ["…", "…"] のように角かっこで書いてください。セクションのリストなら、見出しを二重の角かっこで囲みます。
config-not-table = `{ $key }` はキーを持つセクションでなければなりません
config-not-table-next = 続けて {"{"} … = … {"}"} と書くか、角かっこで囲んだ見出しを付けてください。
config-not-scalar = `{ $key }` は文字列、数、true、false のどれかでなければなりません
config-not-scalar-next = "ok" のように値を 1 つだけ書いてください。
config-not-span = `{ $key }` は時間の長さでなければなりません
config-not-span-next = 整数と単位を、大きい単位から順に、引用符で囲んで書いてください："90s"、"30m"、"1h30m"、"2d"
config-not-time = `{ $key }` は時刻でなければなりません
config-not-time-next = 時と分を引用符で囲んで書いてください："09:00"
config-not-days = `{ $key }` は曜日でなければなりません
config-not-days-next = "mon-fri" や "tue,thu" のように書いてください。
config-not-dates = `{ $key }` に日付でないものがあります
config-not-dates-next = "2026-12-24" のような日か、"2026-12-29/2027-01-03" のような期間を書いてください。
config-dates-backwards = 期間の最後の日が最初の日より前です
config-dates-backwards-next = 最初の日、スラッシュ、最後の日の順に書いてください："2026-12-29/2027-01-03"
config-not-url = `{ $key }` は Web のアドレスでなければなりません
config-not-url-next = 省略せずに書いてください："https://hello.example.org"
config-not-pointer = `{ $key }` は JSON の項目の場所でなければなりません
config-not-pointer-next = スラッシュで始め、名前の間もスラッシュで区切ってください："/database/status"
config-out-of-range = `{ $key }` は { $least } から { $most } まででなければなりません
config-out-of-range-next = この範囲の数を書いてください。
config-span-out-of-range = `{ $key }` は { $least } から { $most } まででなければなりません
config-span-out-of-range-next = この範囲の長さを、"{ $least }" のように書いてください。
config-too-long = `{ $key }` が { $limit } 文字を超えています
config-too-long-next = 短くしてください。
config-bad-name = 「{ $name }」は名前に使えません
config-bad-name-next = 名前は 1 行、1〜{ $limit } 文字で、前後に空白を置けません。
config-bad-word = 「{ $name }」は名前に使えません。コマンドで入力する名前だからです
config-bad-word-next = 文字、数字、- _ . だけを 1〜{ $limit } 文字使い、- では始めないでください。
config-bad-key = 「{ $key }」はここでは名前に使えません
config-bad-key-next = 文字、数字、- _ . だけを使い、- では始めないでください。
config-name-twice = 名前「{ $name }」はすでに使われています
config-name-twice-next = 別の名前を付けてください。
config-name-alike = 名前「{ $name }」と「{ $other }」は大文字と小文字しか違わず、コマンドでは区別できません
config-name-alike-next = 別の名前を付けてください。
config-word-of-commands = 「{ $name }」はコマンドの中で別の意味になるので、名前にできません
config-word-of-commands-next = 別の名前を付けてください。all、next、again、for と、2h のような長さは使えません。

## config: people, database

config-not-database = Shipgate が使えるデータベースではありません
config-not-database-next = "sqlite://shipgate.db" のように "sqlite://" にファイルを続けるか、PostgreSQL のアドレスを "postgres://USER@HOST/DATABASE" のように書いてください。
config-identity-twice = 「{ $identity }」はすでに { $person } のものです
config-identity-twice-next = 1 つの ID は一人のものです。どちらかから削除してください。
config-not-a-person = 「{ $identity }」は複数の人を指すことがあります
config-not-a-person-next = [groups] に書いてください。[people] に書けるのは、一人の人の ID だけです。
config-bad-identity = 「{ $identity }」は ID ではありません
config-bad-identity-next = ID は次のどれかで始まります：{ $known }
config-no-discord-id = 「{ $identity }」は Discord の ID ではありません
config-no-discord-id-next = 数字の ID を書いてください。Discord の設定で開発者モードをオンにし、人やロールを右クリックして「ID をコピー」を選びます。
config-no-slack-user = 「{ $identity }」は Slack のメンバー ID ではありません
config-no-slack-user-next = U0123ABCD のような ID を書いてください。Slack で本人のプロフィールを開き、⋮ の「メンバー ID をコピー」を選びます。
config-no-slack-group = 「{ $identity }」は Slack のユーザーグループ ID ではありません
config-no-slack-group-next = S0123ABCD のような ID を書いてください。Slack の「メンバーとユーザーグループ」でグループを開き、⋮ の「グループ ID をコピー」を選びます。
config-everyone = 「everyone」は組み込みなので、定義できません
config-everyone-next = 削除するか、別の名前を付けてください。
config-group-in-group = "{ $name }" はグループです。グループに書けるのは人と ID だけです
config-group-in-group-next = "{ $name }" のメンバーをここに書いてください。[permissions] のようにグループを並べられる所なら、両方の名前を書けます。
config-everyone-in-group = "everyone" はグループです。グループに書けるのは人と ID だけです
config-everyone-in-group-next = ここには名前を書いてください。誰でもよい所では、このグループの代わりに "everyone" と書けます。

## config: apps

config-no-apps = このファイルにはアプリがありません
config-no-apps-next = 名前を書いた [[apps]] と、その下に [[apps.environments]] を加えてください。
config-no-heading = この上に { $heading } がありません
config-no-heading-next = まず `name` のある { $heading } を書き、属するものはその下に書いてください。
config-no-environments = このアプリには環境がありません
config-no-environments-next = その下に、名前とターゲットを書いた [[apps.environments]] を加えてください。
config-bad-repository = 「{ $repository }」はリポジトリではありません
config-bad-repository-next = 所有者と名前を書いてください："acme/hello"
config-bad-fly-app = 「{ $name }」は fly.io のアプリ名に使えません
config-bad-fly-app-next = `fly apps list` に出るとおり、英小文字、数字、ハイフンで書いてください。
config-target-twice = このターゲットでは、すでに別の環境が動いています
config-target-twice-next = 環境ごとに別のターゲットにしてください。2 つの環境が、互いの作業を打ち消してしまいます。
config-url-password = `{ $key }` にユーザー名かパスワードが入っています。このままでは台帳に残ります
config-url-password-next = それを除いたアドレスを書き、ヘルスチェックにはパスワードなしで応答するようにしてください。
config-url-with-query = `{ $key }` に ? か # の付いた部分があります
config-url-with-query-next = アドレスだけを書いてください。チェックがその後ろにパスを付けます。
config-no-url = 「{"{"}url{"}"}」は環境のアドレスを表しますが、この環境にはアドレスがありません
config-no-url-next = 環境にアドレスを書いてください：url = "https://hello.example.org"
config-bad-address = 「{ $address }」は環境のアドレスの下のアドレスになりません
config-bad-address-next = 後ろにスラッシュを付けてください："{"{"}url{"}"}/health"
config-head-has-no-body = HEAD の応答には JSON がありません
config-head-has-no-body-next = `json` か `method` のどちらかを削除してください。

## config: gates and watches

config-no-decider = このゲートを判定するものがありません
config-no-decider-next = 次のどれか 1 つを書いてください：{ $known }
config-two-deciders = このゲートはすでに `{ $first }` で判定されます
config-two-deciders-next = それぞれに名前を付けて、2 つのゲートに分けてください。
config-only-with-check = `{ $key }` はチェックと一緒に使うものです
config-only-with-check-next = 削除してください。このゲートはチェックで判定されません。
config-only-before = `{ $key }` は展開の前でしか意味がありません
config-only-before-next = このゲートを [[apps.environments.before]] に移してください。
config-within-before = `within` が効くのは展開の後だけです
config-within-before-next = 削除してください。展開の前にどれだけ待つかは、環境の `give_up` で決まります。
config-soak-in-first = 最初の環境には、soak の対象になる前の環境がありません
config-soak-in-first-next = このゲートを後の環境に移してください。
config-empty-window = 時間帯の始まりと終わりが同じです
config-empty-window-next = 違う時刻を書いてください。終日なら "00:00" から "24:00" までです。いつでもよければゲートを外してください。
config-empty-list = `{ $key }` が空です
config-empty-list-next = 1 つ以上書くか、外してください。
config-not-minute = `{ $key }` が日付ではありません
config-not-minute-next = "2026-12-24 18:00" のように、現地の日付（時刻は省略可）を書いてください。
config-freeze-backwards = 凍結の終わりが始まりより前です
config-freeze-backwards-next = 遅いほうの日付を `to` に書いてください。
config-gate-too-short = このゲートは決して通過しません。{ $every } おきに { $times } 回で { $least } かかりますが、{ $within } で失敗になります
config-gate-too-short-next = `within` を { $least } より長くするか、回数を減らしてください。
config-no-rules = この監視にはルールがありません
config-no-rules-next = [[apps.environments.watch.rules]] を加えるか、監視を外してください。
config-no-breaks = このルールには違反の条件がありません
config-no-breaks-next = 連続の失敗なら `fails = 3`、しきい値なら `above = …` か `below = …` に `for = "2m"` を添えて書いてください。
config-two-breaks = このルールには、すでに別の条件があります
config-two-breaks-next = `fails`、`above`、`below` のどれか 1 つにして、もう 1 つは別のルールにしてください。
config-only-with-threshold = `{ $key }` は `above` か `below` と一緒に使うものです
config-only-with-threshold-next = 削除するか、しきい値を書いてください。
config-no-query = `{ $key }` が空です
config-no-query-next = "sum(rate(http_errors[1m])) / sum(rate(http_requests[1m]))" のように、尋ねる内容を書いてください。
config-no-bound = このチェックは数値を返しますが、どの数値が悪いのか決まっていません
config-no-bound-next = チェックに `above = 0.05` か `below = 0.99` を書くか、しきい値と `for` を持つ監視のルールにしてください。
config-two-bounds = このチェックには、すでにしきい値があります
config-two-bounds-next = `above` と `below` のどちらか 1 つにして、もう 1 つは別のゲートかルールにしてください。
config-bound-twice = しきい値は、このチェックを使うルールにすでにあります
config-bound-twice-next = チェックから `{ $key }` を削除してください。
config-rule-too-long = このルールは決して判定できません。{ $needs } 必要ですが、監視は { $for } で終わります
config-rule-too-long-next = 条件を緩めるか、間隔を縮めるか、監視を { $needs } より長くしてください。

## config: environment variables

config-not-socket = 「{ $value }」は待ち受けるアドレスではありません
config-not-socket-next = IP アドレスとポートを書いてください：127.0.0.1:8080
config-not-host = `{ $key }` はホスト名か Web のアドレスでなければなりません
config-not-host-next = registry.fly.io のようにホスト名だけを書くか、代わりのサーバーのアドレスを省略せずに書いてください：http://127.0.0.1:4280
config-not-port = 「{ $value }」はポートではありません
config-not-port-next = 1 から 65535 までの数を書いてください。
config-token-letters = トークンに、トークンでは使わない文字が入っています
config-token-letters-next = 設定し直してください。改行か引用符が一緒に入ったのかもしれません。
config-bad-api-token = { $number } 番目が「名前=トークン」の形になっていません
config-bad-api-token-next = 「名前=トークン」をカンマで区切って書いてください。名前には文字、数字、- _ . を使い、トークンに空白は使えません。
config-api-name-twice = { $number } 番目の名前「{ $name }」は、すでに使われています
config-api-name-twice-next = トークンごとに別の名前を付けてください。
config-api-token-twice = { $number } 番目のトークンは、別の名前のトークンと同じです
config-api-token-twice-next = 名前ごとに別のトークンを作ってください。同じでは、誰なのか区別できません。
config-password-in-url = `{ $key }` にユーザー名かパスワードが入っています。このままでは表示されてしまいます
config-password-in-url-next = それを除いたアドレスを書いてください。{ $token } には「Basic …」も書けます。
config-no-prometheus-url = 「{ $name }」は Prometheus に尋ねますが、その場所が分かりません
config-no-prometheus-url-next = https://prometheus.example.org のようなアドレスを PROMETHEUS_URL に入れるか、チェックに `url` を書いてください。
config-no-fly-token = fly.io で動くアプリがありますが、FLY_API_TOKEN が設定されていません
config-no-fly-token-next = { $commands } でトークンを作り、FLY_API_TOKEN に入れてください。
config-no-fly-tokens = fly.io で動くアプリがありますが、FLY_API_TOKEN が設定されていません
config-no-fly-tokens-next = { $commands } でそれぞれトークンを作り、カンマで区切って FLY_API_TOKEN に入れてください。
config-not-snowflake = `{ $key }` は Discord の ID でなければなりません
config-not-snowflake-next = Discord で開発者モードを有効にし、サーバーやチャンネルを右クリックして「ID をコピー」を選び、引用符で囲んで書いてください。
config-no-discord-token = 設定に [discord] がありますが、DISCORD_TOKEN が設定されていません
config-no-discord-token-next = アプリケーション（https://discord.com/developers/applications）の「Bot」ページからトークンをコピーし、DISCORD_TOKEN に入れてください。
config-no-discord-key = [discord] が mode = "http" ですが、DISCORD_PUBLIC_KEY が設定されていません
config-no-discord-key-next = アプリケーションの「General Information」ページから公開鍵をコピーし、DISCORD_PUBLIC_KEY に入れてください。
config-not-conversation = `{ $key }` は Slack のチャンネルの ID でなければなりません
config-not-conversation-next = Slack でチャンネル名をクリックすると、開いた画面の一番下に ID があります。C で始まります。
config-no-slack-token = 設定に [slack] がありますが、SLACK_BOT_TOKEN が設定されていません
config-no-slack-token-next = https://api.slack.com/apps でアプリを開き、「OAuth & Permissions」ページの「Bot User OAuth Token」を SLACK_BOT_TOKEN に入れてください。
config-no-slack-app-token = [slack] が mode = "socket" ですが、SLACK_APP_TOKEN が設定されていません
config-no-slack-app-token-next = アプリの「Basic Information」ページの「App-Level Tokens」で、スコープ connections:write のトークンを作り、SLACK_APP_TOKEN に入れてください。
config-no-slack-secret = [slack] が mode = "http" ですが、SLACK_SIGNING_SECRET が設定されていません
config-no-slack-secret-next = アプリの「Basic Information」ページから「Signing Secret」をコピーし、SLACK_SIGNING_SECRET に入れてください。
config-other-token = 別の種類のトークンです
config-other-token-next = ここに入れるトークンは { $begins } で始まります。
config-not-public-key = 公開鍵ではありません
config-not-public-key-next = アプリケーションの「General Information」ページから、0～9 と a～f の 64 文字をすべてコピーしてください。

## 設定ファイルのキー。エディターと README の一覧に使います。

key-time_zone = 時刻の表示と、時間帯（window）の判定に使うタイムゾーン
key-locale = チャンネルと API の文章の言語
key-database-url = データベースの場所。`DATABASE_URL` が優先されます
key-discord = 会話に使う Discord
key-people = 人と、その人が各チャットで持つ名義
key-groups = 許可や承認を与えるためのグループ
key-permissions = 何を誰ができるか
key-apps = リリースするアプリ
key-discord-guild = 対象のサーバー
key-discord-mode = 操作の届き方
key-discord-channels = 投稿先
key-slack = 会話に使う Slack
key-slack-mode = 操作の届き方
key-slack-channels = 投稿先
key-channels-deployments = カードと、専用のチャンネルがないものすべて
key-channels-warnings = 自動で元に戻したとき
key-channels-incidents = いま人の対応が必要なとき
key-channels-announcements = ほかの人も知りたい成功
key-people-NAME = 一人の人とその名義：`terminal:…`、`api:…`、`discord:user:…`、`slack:user:…`
key-groups-NAME = 人、名義、チャットだけが解決できるもの：`discord:role:…`、`slack:group:…`。`everyone` は組み込みです
key-permissions-deploy = 最初の環境へのデプロイ
key-permissions-promote = それより後の環境へのデプロイ
key-permissions-release = リリースの登録
key-permissions-rollback = 元に戻すこと、ほかの人のデプロイの中止、`needs_people` のあとの判断
key-permissions-approve = 承認と却下
key-permissions-lock = ロックと、ほかの人のロックの解除
key-permissions-quarantine = 隔離の解除
key-permissions-override = ゲートの強行と緊急リリース
key-permissions-halt = 全体の停止と再開
key-apps-name = 英数字と `-`、`_`、`.`、64 文字まで
key-apps-repository = GitHub のリポジトリ。カードからコミットへリンクします
key-apps-environments = 昇格の順に書きます
key-environments-name = アプリの中で一意
key-environments-time_zone = この環境だけのタイムゾーン
key-environments-url = 人に見せるアドレス。check の `{ "{" }url{ "}" }` はこれを指します。パスワード、クエリ、フラグメントは書けません
key-environments-target = 動く場所。二つの環境が同じターゲットを使うことはできません
key-target-kind = ターゲットの種類
key-target-app = fly.io でのアプリ名
key-target-strategy = マシンの入れ替え方。`rolling`：一台ずつ。`immediate`：全台同時。速いものの、起動するまでアプリが止まります。`canary`：まずプロセスグループごとに追加のマシン 1 台で試し、その後は一台ずつ。`bluegreen`：新しいマシンを隣に起動し、すべて正常になったらまとめて切り替えます。元のマシンは停止したまま次のデプロイまで残ります。後の二つはボリュームと併用できません。どれも同じチェックとゲートで判定し、同じやり方で元に戻します
key-environments-give_up = ロールアウト前にデプロイが待てる長さ
key-environments-rollout_within = ロールアウト、または元に戻す作業にかけてよい長さ
key-environments-override_by = ゲートの強行や緊急リリースに必要な人数
key-environments-before = ロールアウト前のゲート
key-environments-after = ロールアウト後のゲート
key-environments-watch = 監視
key-gate-name = 環境のゲートの中で一意
key-gate-approval = 人がリリースを承認します
key-approval-from = 承認できるグループ
key-approval-count = 必要な人数
key-approval-not_requester = 依頼した本人の承認を数えないか
key-approval-expires = 承認が有効な長さ
key-gate-confirm = チェックリストの項目
key-confirm-from = チェックを付けられるグループ
key-confirm-within = かけてよい長さ。ロールアウト前は `give_up` が決めます
key-gate-window = 開いている曜日と時間帯。環境のタイムゾーンで判定します。一つまたはリスト
key-window-days = 曜日
key-window-from = 開く時刻
key-window-to = 閉じる時刻。その日の終わりは `"24:00"`、`from` より前なら翌日です
key-window-except = 閉じたままにする日（現地の日付）
key-gate-soak = 前の環境で成功してからの時間。最初の環境では使えません
key-gate-check = 外の世界に尋ねます
key-gate-times = 続けて何回合格する必要があるか
key-gate-every = 次に尋ねるまでの間隔
key-gate-within = これを過ぎるとゲートは不合格
key-check-kind = チェックの種類
key-check-url = 尋ねる先のアドレス。Prometheus なら、その下に API がある場所。`{ "{" }url{ "}" }` で始めることができます
key-check-query = Prometheus に尋ねる PromQL。結果は数値 1 つ
key-check-above = これを超えたら不合格
key-check-below = これを下回ったら不合格
key-check-method = HTTP のメソッド
key-check-status = 合格とするステータス
key-check-latency_below = これ以上かかると不合格
key-check-timeout = これまでに応答がなければ不合格。Prometheus なら不明
key-check-json = 応答のフィールド。数値なら、それがチェックの値になります
key-json-field = `"/database/status"` のように書きます。フィールドがなければ不合格
key-json-is = あるべき値。書かなければ、フィールドがあれば合格
key-watch-for = 監視する長さ
key-watch-inconclusive = サンプルが足りず判定できないとき
key-inconclusive-ask = 尋ねる相手
key-inconclusive-within = 答えを待つ長さ
key-inconclusive-otherwise = 返事がないときの扱い。`keep` は成功の証拠になりません
key-watch-rules = それぞれに `name`、`check` と、`fails`、`above`、`below` のどれか一つ
key-rules-name = 監視の中で一意
key-rules-check = 外の世界に尋ねます
key-rules-every = サンプルの間隔
key-rules-fails = 続けてこの回数失敗したら違反
key-rules-above = この値を `for` の間超えたら違反
key-rules-below = この値を `for` の間下回ったら違反
key-rules-for = 途切れずに続く長さ
key-rules-at_least = 監視全体でこれよりサンプルが少なければ判定できません
key-database = データベース
key-gate-freeze = 閉じている期間。一度だけの日付か、毎週の曜日と時間帯。一つまたはリスト
key-freeze-days = これを書くと、`window` と同じ形で毎週くり返します
key-freeze-from = 止める始まり。日付、または `days` と使う時刻
key-freeze-to = 止める終わり。時刻のない日付はその日の終わりまで
key-freeze-except = `days` を書いたとき、止めない日（現地の日付）
