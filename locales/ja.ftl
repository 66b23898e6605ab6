# 画面に出る日本語はすべてここにあります。キーと引数は全言語で共通です。
# 意味を持つ引数名 (時刻、時間の長さ、固定語) の一覧は src/words/mod.rs を参照してください。

## words: times, spans, lists

list-separator = 、
time = { $month }{ $day }日({ $weekday }) { $clock }
time-with-year = { $year }年{ $month }{ $day }日({ $weekday }) { $clock }
time-with-zone = { $time } ({ $zone })
# この言語の読み手にとって自明なタイムゾーン。これ以外のときだけ名前を添えます。
time-zone-at-home = Asia/Tokyo
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
phase-verifying = 確認中
phase-watching = 監視中
phase-undecided = 要判断
phase-rolling-back = ロールバック中
phase-closed = 終了
outcome-succeeded = 成功
outcome-kept = 維持 (判定なし)
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
permission-deploy = 最初の環境へのデプロイ
permission-promote = 次以降の環境への昇格
permission-release = リリースの登録
permission-rollback = ロールバック
permission-approve = 承認・却下
permission-override = ゲートの強制通過
permission-lock = 環境のロック
permission-halt = 全体の停止
permission-quarantine = 隔離の解除
argument-environment = 環境
argument-app = アプリ
argument-version = バージョン
argument-image = イメージ@sha256:…
argument-gate = ゲート
argument-reason = 理由
argument-again = again
argument-lasting = for 2h
argument-command = コマンド

## card: the deployment

card-title = { $app } { $version } → { $environment } · { $status }
card-title-back = { $app } を { $version } に戻す ({ $environment }) · { $status }
card-release = リリース
card-commit = コミット { $commit }
card-in-place-of = 現行 { $version } と入れ替え
card-one-way = ⚠ { $versions } より前には戻せません
card-notes = メモ
card-asked = 依頼
card-asked-by = { $name } さん ({ $at })
card-reason = 理由
card-lock = ロック中
card-lock-holds = 解除されるまで展開は始まりません
card-locked-by = { $name } による: { $reason }
card-shipgate = Shipgate
card-gates = 展開前
card-gates-before = 展開前のゲート
card-gates-after = 展開後の確認
card-machines = マシン
card-machines-done = 台が新しいリリースで稼働中
card-machines-restored = 台を復元済み
card-machines-unknown = マシンの記録はありません。
card-watch = 監視
card-trouble = 障害
card-trouble-again = { $trouble }。再試行しています。
card-nothing-known = 不明なリリース
card-footer = 依頼者 { $name } · #{ $id } · 台帳 { $mark }
card-image = イメージ

## card: what is going on, and what to do

now-queued = { $environment } で現在動いているものを確認しています。まだ何も変更していません。
now-queued-behind = { $environment } への { $version } のデプロイが終わるのを待っています。まだ何も変更していません。
now-entering = 展開前のゲートがすべて開くと自動で始まります。まだ何も変更していません。
now-asking = 残るは担当者 ({ $people }) の操作だけです。それまでは何も変更しません。
now-rolling-out = { $from } から { $version } へ、マシンを 1 台ずつ入れ替えています。
now-rolling-out-back = マシンを 1 台ずつ { $version } に戻しています。
now-settling = 直前の操作の結果が不明なため、先に実際の状態を確認しています。
now-verifying = 全マシンが { $version } になりました。展開後のゲートを確認しています。
now-watching = 全マシンが { $version } で動き、ゲートも通過しました。監視ルールに違反すると、{ $environment } は自動で { $from } に戻ります。
now-undecided-keep = サンプルが足りず、{ $version } の良し悪しを判定できません。{ $people } の方は { $until } までに「維持」か「ロールバック」を選んでください。選ばれなければ { $version } を維持しますが、成功とは見なしません。
now-undecided-back = サンプルが足りず、{ $version } の良し悪しを判定できません。{ $people } の方は { $until } までに「維持」か「ロールバック」を選んでください。選ばれなければ { $from } に戻します。
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
next-failed = 上の原因を解消してから、もう一度依頼してください。
next-needs-people = 下の各マシンの状態を確認し、マシンを { $from } に戻すなら「それでも戻す」、このままにするなら「維持」を押してください。

cause-aborted = { $name } さんが中止しました{ $given ->
    [yes] : { $reason }
   *[no] 。
}
cause-rejected = { $name } さんが却下しました{ $given ->
    [yes] : { $reason }
   *[no] 。
}
cause-gave-up = { $known ->
    [yes] 待ち時間の上限 ({ $span }) に達したため取りやめました。
   *[no] 待ち時間の上限に達したため取りやめました。
}
cause-look-failed = 現在何が動いているかを確認できませんでした: { $said }。
cause-barred = { $version } はもう出せません。隔離されたか、前の環境での成功が取り消されています。
cause-gate-failed = ゲート「{ $gate }」が失敗しました: { $said }。
cause-rollout-failed = 展開に失敗しました: { $said }。
cause-rollout-too-long = 展開が制限時間 ({ $span }) を超えました。
cause-rule-failed = ルール「{ $rule }」に違反しました: { $samples } 回連続で失敗 (上限 { $fails } 回)、{ $window }。最後の結果: { $said }。
cause-rule-above = ルール「{ $rule }」に違反しました: { $lasting_span }以上続けて { $bound } 超、{ $window }、サンプル { $samples } 件。最後の値: { $value } ({ $said })。
cause-rule-below = ルール「{ $rule }」に違反しました: { $lasting_span }以上続けて { $bound } 未満、{ $window }、サンプル { $samples } 件。最後の値: { $value } ({ $said })。
cause-window = { $from }〜{ $to } ({ $span }間)
cause-undecided = 監視では判定できず、期限までに誰も判断しませんでした。
cause-restore-failed = マシンを元に戻せませんでした: { $said }。
cause-superseded = { $name } さんの依頼で { $version } に差し替えられました。
cause-kept = { $name } さんが維持を選びました。
cause-kept-by-itself = 期限までに判断がなかったため、計画どおり維持しました。

button-approve = 承認
button-reject = 却下
button-confirm = 確認
button-abort = 中止
button-roll-back = ロールバック
button-promote = 昇格
button-keep = 維持
button-go-back-anyway = それでも戻す
button-which = { $button }: { $which }

## card: gates, machines, watch

gate-waiting = 未完了
gate-running = 確認中
gate-passed = 通過
gate-failed = 失敗
gate-skipped = 未実施
gate-overridden = 強制通過
gate-later = 展開後
gate-check-planned = { $span }以内に { $times } 回連続で通過すること
gate-asked-last = ほかの条件がそろったら { $group } に依頼します
group-everyone = どなたか
gate-by = { $gate } ({ $names })
gates-passed = ゲート { $n } 件を通過: { $gates }
gate-waits-for = { $group } の操作待ち
gate-in-a-row = 連続 { $n }/{ $times } 回
gate-approval = 承認が { $count } 人必要
gate-approval-by-another = 依頼者の { $requester } さん以外の承認が { $count } 人必要
gate-approval-given = { $names } さんが承認 ({ $given }/{ $count })
gate-confirm = 未チェック
gate-confirm-given = { $names } さんがチェック済み
gate-window = 受付時間 { $days } { $from }〜{ $to } ({ $zone })
gate-soak = 前の環境での成功から { $span }経過が必要
gate-check = まだ確認していません

stage-waiting = 順番待ち
stage-updating = { $version } を反映中
stage-starting = { $version } で起動中
stage-checking = { $version }、マシン自身のヘルスチェック待ち
stage-done = { $version } で稼働 (検証済み)
stage-restoring = { $from } に戻しています
stage-restored = { $from } に復元 (検証済み)
stage-failed = 異常

watch-name = 監視
watch-planned = { $span }間、違反すれば自動で戻ります: { $rules }
watch-passed = { $span }間の監視を通過: { $rules }
watch-ends = 監視終了まで
watch-decide-within = 判断の期限まで
watch-rule-fails = { $fails } 回連続の失敗でロールバック
watch-rule-above = { $bound } 超が { $span }続くとロールバック
watch-rule-below = { $bound } 未満が { $span }続くとロールバック
watch-fails-now = 現在 { $n } 回
watch-beyond-now = しきい値を外れて { $span }
watch-value-now = 現在値 { $value }
watch-samples = サンプル { $n } 件
watch-samples-of = サンプル { $n } 件 (最低 { $at_least } 件)
watch-last = 直近: { $said }
watch-no-sample = まだありません

## card: answers

answer-started = 受け付けました: { $version } を { $environment } へ
answer-under-way = すでに進行中です: { $version } を { $environment } へ
answer-registered = { $app } の { $version } を登録しました
answer-registered-already = { $app } の { $version } は同じイメージで登録済みです
answer-registered-next = 次は `/deploy` で最初の環境へデプロイしてください。
answer-one-way = { $version } は後戻り不可の指定があるため、これより前には戻せなくなります。
answer-smoke-started = { $environment } の { $app } のスモークテストを開始しました (チェック { $n } 件)
answer-smoke-under-way = { $environment } の { $app } のスモークテストはすでに実行中です (チェック { $n } 件)

done-approve = { $environment } への { $version } を承認しました。
done-reject = { $environment } への { $version } を却下しました。
done-confirm = { $environment } への { $version } の項目をチェックしました。
done-abort = { $environment } への { $version } を中止しました。
done-rollback = { $environment } を { $version } から戻します。
done-keep = { $environment } の { $version } を維持します。
done-lock = { $environment } を{ $expires ->
    [yes] {" "}{ $expires_at } まで
   *[no] {""}
}ロックしました。
done-unlock = { $environment } のロックを解除しました。
done-unquarantine = { $version } の隔離を解除しました。再びデプロイできます。

history-title = { $app } の履歴
history-title-in = { $app } の履歴 ({ $environment })
history-empty = まだデプロイはありません。`/deploy` で始めてください。
history-line = { $version } → { $environment }
history-line-back = { $version } → { $environment } (戻し)
history-took = 所要 { $span }

status-title = { $app } の状況
status-title-all = { $n ->
    [0] 状況
   *[other] { $n } 個のアプリの状況
}
status-nothing = アプリが設定されていません。
status-runs = 稼働中
status-since = { $at } から
status-mixed = マシンごとにリリースが異なります
status-not-asked = 未確認 (ターゲットからまだ応答がありません)
status-under-way = 進行中
status-queued = 次
status-queued-by = { $version } ({ $name } さんの依頼)
status-stuck = 要対応
status-stuck-by = { $version } は人の判断が必要な状態で終わりました。カード (#{ $id }) で判断してください
status-locked-until = { $at } まで
status-url = URL
status-brief = { $version } { $status }
status-brief-locked = ロック中
status-brief-trouble = 障害
status-brief-matters = ({ $matters })

why-title = { $environment } の { $app } が待っているもの
why-standing = 現在の { $environment }
why-no-candidate = 進行中のデプロイはありません。{ $environment } に次に出せるリリースもありません。
why-up-to-date = 進行中のデプロイはありません。{ $environment } では出せる中で最新の { $version } が動いています。
why-ready = 進行中のデプロイはありません。{ $version } は今すぐ { $environment } に出せます。
why-held = 進行中のデプロイはありません。次は { $version } ですが、以下の理由で { $environment } に出せません。
why-obstacles = 出せない理由
why-barred = 隔離中のリリース
why-barred-in = { $at } に { $environment } でロールバック

smoke-title = { $app } のスモークテスト ({ $environment }) · { $status }
smoke-running = 実行中
smoke-passed = 合格
smoke-failed = 不合格
smoke-unknown = 応答なし
smoke-answered = 件が応答
smoke-sentence-running = チェック { $n } 件を 1 回ずつ実行しています。環境は変更しません。
smoke-sentence-passed = チェック { $n } 件すべてに合格しました。
smoke-sentence-failed = { $n } 件中、合格 { $passed } 件、不合格 { $failed } 件、応答なし { $unknown } 件です。環境は変更していません。直近のリリースは `/history { $environment }` で確認でき、`/rollback { $environment }` で戻せます。
smoke-footer = 依頼者 { $name } · #{ $id }

say-asked = { $app } { $version } → { $environment } が操作を待っています: { $what } (依頼者 { $name } さん)
say-undecided = { $app } { $version } → { $environment }: { $rules } のサンプルが足りません。{ $until } までに「維持」か「ロールバック」を選んでください。
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
say-locked = { $environment } の { $app } を { $name } がロックしました: { $reason }
say-smoke = { $environment } の { $app } のスモークテスト: { $verdict }

## card: help

help-title = 使えるコマンド
help-title-one = /{ $command }: { $line }
help-head = アプリと環境の順番は自由です。アプリが 1 つだけなら省略できます。
help-foot = `/help deploy` のように打つと、引数と例を表示します。
help-example = 例
help-needs = 必要な権限
help-permission = { $permission } (設定では `{ $word }`)

command-deploy = 環境にデプロイする
command-deploy-help = 最初の環境に、最新または指定したバージョンをデプロイします。それ以降の環境を指定すると /promote と同じ動作になります。すでに動いているリリースをやり直すには、末尾に `again` を付けます。
command-deploy-example = /deploy staging v2
command-promote = 成功したリリースを次の環境に昇格する
command-promote-help = 前の環境で成功したリリースを、指定した環境に昇格します。環境を省略すると 2 番目の環境になります。同じイメージをそのまま使い、再ビルドはしません。
command-promote-example = /promote production
command-rollback = 直前の正常なリリースに戻す
command-rollback-help = 進行中ならそのデプロイを戻します。なければ、直前の正常なリリースか指定したバージョンに戻します。ゲート・ロック・承認には妨げられません。外したリリースは隔離されます。
command-rollback-example = /rollback production v1 正午からエラーが増加
command-smoke = 環境の HTTP チェックを 1 回実行する
command-smoke-help = 環境の HTTP チェックを 1 回ずつ実行し、結果を表示します。環境は変更しません。
command-smoke-example = /smoke staging
command-status = 何がどこで動き、何が進行中かを見る
command-status-help = 1 つのアプリの全環境、または全アプリを 1 行ずつ表示します。
command-status-example = /status
command-why = 環境が何を待っているかを見る
command-why-help = ゲートごとに、通過・失敗・誰をいつまで待っているかを表示します。ほかに妨げているものと、その対処も分かります。
command-why-example = /why production
command-history = デプロイの履歴を新しい順に見る
command-history-help = アプリまたは環境のデプロイを一覧します。結果、日時、依頼者、失敗の理由が分かります。
command-history-example = /history production
command-release = リリースを登録する
command-release-help = アプリのバージョンを登録します。どの環境にも同じものが届くよう、イメージはダイジェストで指定します。
command-release-example = /release v5 registry.fly.io/hello@sha256:0f3a… (64 桁)
command-approve = 承認待ちのデプロイを承認する
command-approve-help = 承認待ちのデプロイを承認します。ゲートが複数ある場合は名前を指定してください。ボタンでも同じです。
command-approve-example = /approve production
command-reject = 承認待ちのデプロイを却下する
command-reject-help = 承認待ちのデプロイを却下します。何も変更されません。理由を添えると依頼者に伝わります。
command-reject-example = /reject production セール終了まで見送り
command-confirm = チェック項目を確認済みにする
command-confirm-help = 進行中のデプロイが待っている項目を確認済みにします。ボタンでも同じです。
command-confirm-example = /confirm リリースノート記載
command-abort = 進行中のデプロイを中止する
command-abort-help = 進行中のデプロイを中止します。展開前なら何も変更されず、展開後なら変更した分を元に戻します。依頼者本人と、ロールバックの権限がある人が使えます。
command-abort-example = /abort staging バージョン間違い
command-lock = 環境をロックする
command-lock-help = 解除するか期限が来るまで、ほかの人はその環境でデプロイを始められません。ロールバックはいつでもできます。理由はほかの人にも表示されます。
command-lock-example = /lock production データベース作業 for 2h
command-unlock = 環境のロックを解除する
command-unlock-help = 自分のロックを解除します。ほかの人のロックを解除するにはロックの権限が必要です。
command-unlock-example = /unlock production
command-unquarantine = リリースの隔離を解除する
command-unquarantine-help = ロールバックされたリリースは、どの環境にも出せなくなります。これを解除します。理由はほかの人にも表示されます。
command-unquarantine-example = /unquarantine v3 原因はデータベース障害でリリースではない
command-help = コマンドの一覧、または使い方を見る
command-help-help = コマンドの一覧、または 1 つのコマンドの引数と例を表示します。
command-help-example = /help deploy

## terminal

terminal-only-for = ({ $name } さんだけに表示)
terminal-progress = { $done }/{ $of } { $what }
terminal-in = あと { $span } ({ $time })
terminal-now = まもなく
terminal-opens = 開くまで{ $when }
terminal-press = 入力: { $presses }
terminal-gone = ターミナルに出力できなくなりました: { $error }

## refusals: the core

refusal-not_permitted = { $permission }の権限がありません。
refusal-not_permitted-next = 権限のある人に依頼してください。権限は設定の [permissions] の `{ $word }` で付与します。
refusal-not_in_group = 「{ $gate }」を判断できるのは { $group } のメンバーだけです。
refusal-not_in_group-next = { $group } の誰かに依頼してください。
refusal-unknown_version = { $version } というバージョンはありません。
refusal-unknown_version-next = { $count ->
    [0] まだリリースが登録されていません。`/release` か CI から登録してください。
   *[other] 最近のバージョン: { $known }。新しいものは `/release` で登録します。
}
refusal-no_releases = まだリリースが登録されていないため、デプロイできるものがありません。
refusal-no_releases-next = `/release バージョン イメージ@sha256:…` か CI から登録してください。
refusal-not_promotable = 最初の環境には昇格ではなくデプロイします。
refusal-not_promotable-next = `/deploy` を使ってください。
refusal-not_deployable = この環境に出せるのは、{ $before } で成功したリリースだけです。
refusal-not_deployable-next = 先に { $before } にデプロイし、成功してから `/promote` してください。
refusal-no_evidence = { $named ->
    [yes] { $version } はまだ { $before } で成功していません。
   *[no] { $before } で成功したリリースがまだありません。
}
refusal-no_evidence-next = 先に { $before } へ出し、成功してから昇格してください。
refusal-quarantined = { $version } は隔離中で、どの環境にも出せません ({ $at } に { $environment } でロールバック)。
refusal-quarantined-next = 新しいバージョンをリリースしてください。原因が別にあった場合は `/unquarantine { $version } 理由` で解除できます。
refusal-already_running = { $version } はすでにそこで動いています。
refusal-already_running-next = それでも実行するには、末尾に `again` を付けてください。
refusal-nothing_to_go_back_to = 戻せる正常なリリースがありません。
refusal-nothing_to_go_back_to-next = 修正した新しいリリースを出してください。過去のものは `/history` で確認でき、隔離中のものは `/unquarantine` で解除できます。
refusal-locked = { $named ->
    [yes] この環境は { $owner } さんが{ $expires ->
        [yes] {" "}{ $expires_at } まで
       *[no] {""}
    }ロックしています: { $reason }
   *[no] この環境は、判断が下るまで Shipgate がロックしています: { $reason }
}
refusal-locked-next = { $named ->
    [yes] { $owner } さんに相談するか、権限があれば `/unlock` で解除してください。`/rollback` はロック中でも使えます。
   *[no] 要対応のカードで「維持」か「それでも戻す」を押すか、権限があれば `/unlock` で解除してください。
}
refusal-not_locked = この環境はロックされていません。
refusal-not_locked-next = 解除は不要です。ロック中の環境は `/status` で確認できます。
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
refusal-already_closed = すでに終了しています: { $outcome }
refusal-already_closed-next = この操作では何も変わっていません。現在の状況は `/status` で確認できます。
refusal-stale_card = カードの表示後に状態が変わったため、この操作は無効です。
refusal-stale_card-next = 最新のカードを確認し、必要ならもう一度押してください (押した時点の版 { $pressed }、現在の版 { $now })。
refusal-wrong_phase = 現在は「{ $phase }」のため、「{ $action }」はできません。
refusal-wrong_phase-next = 今できる操作はカードのボタンにあります。何を待っているかは `/why 環境` で確認できます。
refusal-no_such_gate = { $named ->
    [yes] その操作を待っている「{ $gate }」はありません。
   *[no] その操作を待っているゲートはありません。
}
refusal-no_such_gate-next = { $count ->
    [0] 今は該当する操作待ちがありません。各ゲートの状態は `/why 環境` で確認できます。
   *[other] 操作待ちのゲート: { $waiting }
}
refusal-which_gate = 操作待ちのゲートが複数あります。どれですか。
refusal-which_gate-next = 名前を指定してください: { $waiting }
refusal-not_asked_yet = まだ早すぎます。ほかの条件がそろってから操作をお願いします。
refusal-not_asked_yet-next = 未完了の条件: { $missing }。そろったら通知します。
refusal-own_request = 自分が依頼したデプロイは、自分では承認できません。
refusal-own_request-next = ほかの人に承認を依頼してください。
refusal-already_approved = すでに承認済みです。
refusal-already_approved-next = これ以上の操作は不要です。誰の承認を待っているかは `/why 環境` で確認できます。
refusal-unknown_person = { $identity } が依頼者と別の人か確認できないため、この承認は無効です。
refusal-unknown_person-next = 依頼と同じチャットで承認するか、設定の [people] に両方の ID を登録してもらってください。
refusal-no_checks = この環境には HTTP チェックがないため、スモークテストを実行できません。
refusal-no_checks-next = 設定で、ゲートか監視ルールに HTTP チェックを追加してください。
refusal-not_quarantined = { $version } は隔離されていません。
refusal-not_quarantined-next = { $count ->
    [0] このアプリに隔離中のリリースはありません。
   *[other] 隔離中のリリース: { $barred }
}
refusal-nothing_to_update = ターゲットにマシンがないため、更新できません。
refusal-nothing_to_update-next = 先にターゲット側でマシンを作成してください (fly.io なら `fly deploy` や `fly scale count`)。
refusal-bad_policy = この環境の設定は使えません: { $note }
refusal-bad_policy-next = 設定を修正してください。該当する行は `shipgate check` で確認できます。

## refusals: the service

refusal-unknown_command = `/{ $typed }` というコマンドはありません。
refusal-unknown_command-next = { $near ->
    [yes] `/{ $nearest }` のことですか。一覧は `/help` で確認できます。
   *[no] 一覧は `/help` で確認できます。
}
refusal-missing_argument = `/{ $command }` には{ $argument }の指定が必要です。
refusal-missing_argument-next = 書き方: `{ $usage }` (例は `/help { $command }`)
refusal-too_many_arguments = `/{ $command }` に「{ $extra }」は指定できません。
refusal-too_many_arguments-next = 書き方: `{ $usage }` (例は `/help { $command }`)
refusal-unknown_app = 「{ $app }」というアプリはありません。
refusal-unknown_app-next = アプリ一覧: { $known }
refusal-which_app = アプリが複数あります。どれですか。
refusal-which_app-next = アプリ名を追加してください: { $known }
refusal-unknown_environment = { $app } に「{ $environment }」という環境はありません。
refusal-unknown_environment-next = 環境一覧: { $known }
refusal-no_later_environment = { $app } には環境が 1 つしかないため、昇格先がありません。
refusal-no_later_environment-next = 設定で、最初の環境の下に環境を追加してください。
refusal-nothing_waits = 「{ $action }」を待っているデプロイはありません。
refusal-nothing_waits-next = 進行中のものは `/status`、待っている内容は `/why 環境` で確認できます。
refusal-which_deployment = 該当するデプロイが複数あります。どれですか。
refusal-which_deployment-next = 環境名を追加してください: { $known }
refusal-image_not_pinned = イメージ { $image } はダイジェストで固定されていません。タグの指す中身は変わることがあります。
refusal-image_not_pinned-next = registry/name@sha256: に続けて 64 桁の 16 進数で指定してください。
refusal-version_taken = { $version } は別のイメージで登録済みです。登録したバージョンの中身は変更できません。
refusal-version_taken-next = 新しいバージョン名を使ってください。
refusal-bad_version = 「{ $version }」はバージョン名に使えません。
refusal-bad_version-next = 英数字と . _ + - を使ってください (60 文字以内、先頭は英数字)。
refusal-reason_missing = 理由がありません。
refusal-reason_missing-next = 末尾に理由を書いてください。ほかの人にも表示されます。
refusal-no_such_button = 今「{ $label }」ボタンのあるカードはありません。
refusal-no_such_button-next = { $count ->
    [0] 今押せるボタンはありません。進行中のものは `/status` で確認できます。
   *[other] 今押せるボタン: { $known }
}
refusal-button_gone = カードが更新されたため、「{ $label }」はもう押せません。
refusal-button_gone-next = 最新のカードを確認してください。進行中のものは `/status` で確認できます。
refusal-try_again = データベースが混み合っているため、何も行いませんでした。
refusal-try_again-next = 少し待ってからもう一度実行してください。
refusal-out_of_order = データベースに書き込めないため、何も行いませんでした: { $note }
refusal-out_of_order-next = 書き込めるようになるまで、進行中のものも止まります。ディスクと Shipgate のログを確認してください。
refusal-unknown_help = `/{ $command }` というコマンドはないため、ヘルプもありません。
refusal-unknown_help-next = { $near ->
    [yes] `/help { $nearest }` のことですか。一覧は `/help` で確認できます。
   *[no] 一覧は `/help` で確認できます。
}
refusal-bad_span = 「{ $typed }」は時間の長さとして読めません。
refusal-bad_span-next = 30s、5m、2h、1h30m のように書いてください。
