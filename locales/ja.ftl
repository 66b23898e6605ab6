## checks

check-unknown-kind = このバージョンの Shipgate には、種類 `{ $kind }` のチェックはありません。
check-http-settings = この http チェックの設定は使えません: { $reason }
check-http-ok = { $url } は { $ms } ms で { $status } を返しました。
check-http-status = { $url } は { $expected } ではなく { $status } を返しました。
check-http-redirect = { $url } は { $expected } ではなく、リダイレクトの { $status } を返しました。リダイレクトはたどりません。
check-http-slow = { $url } は { $status } を返しましたが、{ $ms } ms かかりました。{ $limit } ms 未満でなければなりません。
check-http-timeout = { $url } は { $limit } ms 以内に応答しませんでした。
check-http-refused = { $url } は接続を拒否しました。待ち受けているものがありません。
check-http-broken = { $url } は正しい応答を返さずに切れました: { $reason }
check-http-no-name = { $url } に問い合わせできませんでした。ここからホスト名を解決できません。
check-http-no-network = { $url } に問い合わせできませんでした。ここからネットワークに届きません。
check-http-too-large = { $url } の応答が { $limit } KiB を超えたため、JSON を読みませんでした。
check-http-no-json = { $url } は応答しましたが、JSON ではありません: { $got }
check-http-no-field = { $url } の応答に `{ $field }` がありません。
check-http-field = { $url } の応答で `{ $field }` が `{ $expected }` ではなく `{ $got }` です。

## config

config-no-file = ファイルがありません
config-no-file-next = `shipgate init` で作るか、`--config PATH` または SHIPGATE_CONFIG で別のファイルを指定してください。
config-unreadable = ファイルを読めません: { $reason }
config-unreadable-next = Shipgate を動かすユーザーが読めるようにしてください。
config-not-utf8 = ファイルが UTF-8 のテキストではありません
config-not-utf8-next = UTF-8 で保存してください。
config-file-too-long = ファイルが 1 MiB を超えています
config-file-too-long-next = 正しいファイルかどうか確認してください。
config-syntax = TOML として正しくありません: { $message }
config-syntax-next = まずここを直してください。残りはそのあとで読みます。

config-unknown-key = キー「{ $word }」はありません
config-unknown-key-next = 削除してください。ここで使えるキー: { $known }
config-unknown-key-near = キー「{ $word }」はありません。「{ $near }」ではありませんか?
config-unknown-key-near-next = `{ $near }` と書いてください。
config-missing = `{ $key }` がありません
config-missing-next = 例: { $example }
config-section-not-yet = `{ $key }` は、このバージョンの Shipgate にはまだありません
config-section-not-yet-next = 今はこのセクションを削除してください。
config-not-yet = { $what ->
    [check] 種類「{ $word }」のチェック
    [target] 種類「{ $word }」のターゲット
   *[strategy] 方式「{ $word }」
}は、このバージョンの Shipgate にはまだありません
config-not-yet-next = このバージョンで使えるもの: { $known }
config-unknown-word = `{ $key }` に「{ $word }」は使えません
config-unknown-word-next = 次のどれかを書いてください: { $known }
config-unknown-word-near = `{ $key }` に「{ $word }」は使えません。「{ $near }」ではありませんか?
config-unknown-word-near-next = "{ $near }" と書いてください。
config-unknown-group = グループ「{ $word }」はありません
config-unknown-group-next = [groups] に加えるか、次のどれかを書いてください: { $known }
config-unknown-group-near = グループ「{ $word }」はありません。「{ $near }」ではありませんか?
config-unknown-group-near-next = "{ $near }" と書くか、[groups] に「{ $word }」を加えてください。
config-not-a-group = 「{ $name }」はグループではありません
config-not-a-group-next = [groups] に `team = ["{ $name }"]` のようなグループを作り、ここには "team" と書いてください。
config-unknown-person = 「{ $word }」という人はいません
config-unknown-person-next = [people] に加えるか、"terminal:{ $word }" のように ID を書くか、次のどれかを書いてください: { $known }
config-unknown-person-near = 「{ $word }」という人はいません。「{ $near }」ではありませんか?
config-unknown-person-near-next = "{ $near }" と書くか、[people] に「{ $word }」を加えてください。
config-unknown-person-none = 「{ $word }」という人はいません。[people] に誰も書かれていません
config-unknown-person-none-next = [people] に `{ $word } = ["terminal:{ $word }"]` と加えるか、ここに ID を書いてください。
config-unknown-placeholder = 「{ $word }」はここでは意味を持ちません
config-unknown-placeholder-next = 使えるのは、環境のアドレスを表す { $known } だけです。
config-unknown-placeholder-near = 「{ $word }」はここでは意味を持ちません。「{ $near }」ではありませんか?
config-unknown-placeholder-near-next = アドレスの先頭に `{ $near }` と書いてください。
config-unknown-zone = タイムゾーン「{ $word }」はありません
config-unknown-zone-next = "Asia/Tokyo"、"Europe/Berlin"、"UTC" のような名前を書いてください。
config-unknown-zone-near = タイムゾーン「{ $word }」はありません。「{ $near }」ではありませんか?
config-unknown-zone-near-next = "{ $near }" と書いてください。

config-not-text = `{ $key }` は文字列でなければなりません
config-not-text-next = 引用符で囲んでください: "…"
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
config-not-scalar-next = "ok" のように値を一つだけ書いてください。
config-not-span = `{ $key }` は時間の長さでなければなりません
config-not-span-next = 整数と単位を、大きい単位から順に、引用符で囲んで書いてください: "90s"、"30m"、"1h30m"、"2d"
config-not-time = `{ $key }` は時刻でなければなりません
config-not-time-next = 時と分を引用符で囲んで書いてください: "09:00"
config-not-days = `{ $key }` は曜日でなければなりません
config-not-days-next = "mon-fri" や "tue,thu" のように書いてください。
config-not-dates = `{ $key }` に日付でないものがあります
config-not-dates-next = "2026-12-24" のような日か、"2026-12-29/2027-01-03" のような期間を書いてください。
config-not-url = `{ $key }` はウェブのアドレスでなければなりません
config-not-url-next = 省略せずに書いてください: "https://hello.example.org"
config-not-pointer = `{ $key }` は JSON の項目の場所でなければなりません
config-not-pointer-next = スラッシュで始め、名前の間もスラッシュで区切ってください: "/database/status"
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

config-not-database = Shipgate が使えるデータベースではありません
config-not-database-next = "sqlite://" にファイルを続けてください: "sqlite://shipgate.db"
config-postgres-not-yet = PostgreSQL は、このバージョンの Shipgate ではまだ使えません
config-postgres-not-yet-next = "sqlite://" にファイルを続けてください: "sqlite://shipgate.db"
config-identity-twice = 「{ $identity }」はすでに { $person } のものです
config-identity-twice-next = 一つの ID は一人のものです。どちらかから削除してください。
config-not-a-person = 「{ $identity }」は複数の人を指すことがあります
config-not-a-person-next = [groups] に書いてください。[people] に書けるのは、一人の人の ID だけです。
config-bad-identity = 「{ $identity }」は ID ではありません
config-bad-identity-next = ID は次のどれかで始まります: { $known }
config-everyone = 「everyone」は組み込みなので、定義できません
config-everyone-next = 削除するか、別の名前を付けてください。

config-no-apps = このファイルにはアプリがありません
config-no-apps-next = 名前を書いた [[apps]] と、その下に [[apps.environments]] を加えてください。
config-no-environments = このアプリには環境がありません
config-no-environments-next = その下に、名前とターゲットを書いた [[apps.environments]] を加えてください。
config-bad-repository = 「{ $repository }」はリポジトリではありません
config-bad-repository-next = 所有者と名前を書いてください: "acme/hello"
config-bad-fly-app = 「{ $name }」は fly.io のアプリ名に使えません
config-bad-fly-app-next = `fly apps list` に出るとおり、英小文字、数字、ハイフンで書いてください。
config-target-twice = このターゲットでは、すでに別の環境が動いています
config-target-twice-next = 環境ごとに別のターゲットにしてください。二つの環境が、互いの作業を打ち消してしまいます。
config-url-password = `{ $key }` にユーザー名かパスワードが入っています。このままでは台帳に残ります
config-url-password-next = それを除いたアドレスを書き、ヘルスチェックにはパスワードなしで応答するようにしてください。
config-url-with-query = `{ $key }` に ? か # の付いた部分があります
config-url-with-query-next = アドレスだけを書いてください。チェックがその後ろにパスを付けます。
config-no-url = 「{"{"}url{"}"}」は環境のアドレスを表しますが、この環境にはアドレスがありません
config-no-url-next = 環境にアドレスを書いてください: url = "https://hello.example.org"
config-bad-address = 「{ $address }」は環境のアドレスの下のアドレスになりません
config-bad-address-next = 後ろにスラッシュを付けてください: "{"{"}url{"}"}/health"
config-head-has-no-body = HEAD の応答には JSON がありません
config-head-has-no-body-next = `json` か `method` のどちらかを削除してください。

config-no-decider = このゲートを判定するものがありません
config-no-decider-next = 次のどれか一つを書いてください: { $known }
config-two-deciders = このゲートはすでに `{ $first }` で判定されます
config-two-deciders-next = それぞれに名前を付けて、二つのゲートに分けてください。
config-only-with-check = `{ $key }` はチェックと一緒に使うものです
config-only-with-check-next = 削除してください。このゲートはチェックで判定されません。
config-only-before = `{ $key }` はロールアウトの前でしか意味がありません
config-only-before-next = このゲートを [[apps.environments.before]] に移してください。
config-within-before = `within` が効くのはロールアウトの後だけです
config-within-before-next = 削除してください。ロールアウトの前にどれだけ待つかは、環境の `give_up` で決まります。
config-soak-in-first = 最初の環境には、様子を見るべき前の環境がありません
config-soak-in-first-next = このゲートを後の環境に移してください。
config-empty-window = 時間帯の始まりと終わりが同じです
config-empty-window-next = いつでもよければゲートを外し、そうでなければ違う時刻を書いてください。
config-gate-too-short = このゲートは決して通りません。{ $every } おきに { $times } 回で { $least } かかりますが、{ $within } で失敗になります
config-gate-too-short-next = `within` を { $least } より長くするか、回数を減らしてください。
config-no-rules = この監視にはルールがありません
config-no-rules-next = [[apps.environments.watch.rules]] を加えるか、監視を外してください。
config-no-breaks = このルールが破れる条件がありません
config-no-breaks-next = 連続の失敗なら `fails = 3`、しきい値なら `above = …` か `below = …` に `for = "2m"` を添えて書いてください。
config-two-breaks = このルールには、すでに別の条件があります
config-two-breaks-next = `fails`、`above`、`below` のどれか一つにして、もう一つは別のルールにしてください。
config-only-with-threshold = `{ $key }` は `above` か `below` と一緒に使うものです
config-only-with-threshold-next = 削除するか、しきい値を書いてください。
config-rule-too-long = このルールは決して判定できません。{ $needs } 必要ですが、監視は { $for } で終わります
config-rule-too-long-next = 条件を緩めるか、間隔を縮めるか、監視を { $needs } より長くしてください。

config-not-socket = 「{ $value }」は待ち受けるアドレスではありません
config-not-socket-next = IP アドレスとポートを書いてください: 127.0.0.1:8080
config-not-port = 「{ $value }」はポートではありません
config-not-port-next = 1 から 65535 までの数を書いてください。
config-token-letters = トークンに、トークンでは使わない文字が入っています
config-token-letters-next = 設定し直してください。改行か引用符が一緒に入ったのかもしれません。
config-bad-api-token = { $number } 番目が「名前=トークン」の形になっていません
config-bad-api-token-next = 「名前=トークン」をコンマで区切って書いてください。名前には文字、数字、- _ . を使い、トークンに空白は使えません。
config-api-name-twice = { $number } 番目の名前「{ $name }」は、すでに使われています
config-api-name-twice-next = トークンごとに別の名前を付けてください。
config-api-token-twice = { $number } 番目のトークンは、別の名前のトークンと同じです
config-api-token-twice-next = 名前ごとに別のトークンを作ってください。同じでは、誰なのか区別できません。
config-no-fly-token = fly.io で動くアプリがありますが、FLY_API_TOKEN が設定されていません
config-no-fly-token-next = { $commands } でトークンを作り、FLY_API_TOKEN に入れてください。
config-no-fly-tokens = fly.io で動くアプリがありますが、FLY_API_TOKEN が設定されていません
config-no-fly-tokens-next = { $commands } でそれぞれトークンを作り、コンマで区切って FLY_API_TOKEN に入れてください。

explain-nobody-may = 権限 `{ $permission }` を持つ人がいません。[permissions] にグループを書いてください。
explain-nobody-confirms = { $app } { $environment }: 「{ $gate }」にチェックを入れられる人がいません。グループ「{ $group }」が空です。
explain-nobody-approves = { $app } { $environment }: 「{ $gate }」を承認できる人がいません。「{ $group }」のメンバーで、しかも権限 `approve` を持つ人が必要です。
explain-too-few-approve = { $app } { $environment }: 「{ $gate }」には { $count } 人の承認が必要ですが、「{ $group }」で承認できる人はそれより少数です。
explain-own-request = { $app } { $environment }: 「{ $group }」のメンバーが依頼したものは、「{ $gate }」を決して通りません。依頼した本人の承認は数えず、ほかに承認できる人が足りないからです。
## targets

target-kind-unknown = ターゲットの種類 `{ $kind }` はありません。使えるもの: { $known }

## targets/fly

fly-settings-no-table = fly ターゲットはテーブルで書きます。例: `target = {"{"} kind = "fly", app = "my-app", strategy = "rolling" {"}"}`
fly-setting-unknown = fly ターゲットに `{ $key }` という設定はありません。`{ $nearest }` ではありませんか？
fly-app-unset = fly ターゲットにアプリ名がありません。`app = "my-app"` を書き足してください。
fly-app-malformed = `{ $app }` は fly.io のアプリ名になりません。使えるのは英小文字、数字、途中のハイフンで、63 文字までです。
fly-strategy-unknown = `{ $strategy }` という方式はありません。`strategy = "rolling"` と書いてください。
fly-strategy-not-yet = 方式 `{ $strategy }` にはまだ対応していません。`strategy = "rolling"` と書いてください。
fly-token-missing = fly.io のトークンがありません。`FLY_API_TOKEN` を設定し（`fly tokens create deploy` で作れます）、Shipgate を起動し直してください。
fly-token-malformed = `FLY_API_TOKEN` にトークンとして使えない文字が入っています。改行を入れずに設定し直し、Shipgate を起動し直してください。
fly-url-malformed = `{ $url }` は Machines API のアドレスではありません。`FLY_FLAPS_BASE_URL` を確認してください。
fly-client-broken = fly.io への接続を準備できません: { $error }

fly-unreachable = fly.io に接続できません（{ $error }）。つながるまで `{ $app }` の状態はわかりません。ネットワークと `FLY_FLAPS_BASE_URL` を確認してください。
fly-no-answer = fly.io から `{ $app }` についての応答がありません（{ $error }）。status.flyio.net を見て、障害がなければネットワークを確認してください。
fly-empty = fly.io は `{ $app }` について { $status } を返しましたが、中身が空でした。`FLY_FLAPS_BASE_URL` と status.flyio.net を確認してください。リクエスト: { $request }
fly-nonsense = `{ $app }` について fly.io の代わりに、Machines API ではないものが応答しています（{ $status }）: `{ $error }`。`FLY_FLAPS_BASE_URL` と途中のプロキシを確認してください。リクエスト: { $request }
fly-unauthorized = fly.io がトークンを受け付けませんでした（401）。誤り、期限切れ、失効のいずれかです。新しい `FLY_API_TOKEN` を設定し、Shipgate を起動し直してください。リクエスト: { $request }
fly-forbidden = この fly.io トークンではアプリ `{ $app }` を扱えません（403）。アプリ名を確認するか、このアプリを変更できる `FLY_API_TOKEN` を設定してください。リクエスト: { $request }
fly-app-not-found = fly.io にアプリ `{ $app }` がありません（404）。設定ファイルのアプリ名を確認してください。リクエスト: { $request }
fly-limited = fly.io が `{ $app }` へのリクエストを減らすよう求めています（429）。Shipgate は間隔を空けて続けます。リクエスト: { $request }
fly-unwell = fly.io が `{ $app }` について応答できませんでした（{ $status }）: `{ $error }`。続くようなら status.flyio.net を確認してください。リクエスト: { $request }
fly-refused = fly.io が `{ $app }` についてのリクエストを断りました（{ $status }）: `{ $error }`。リクエスト: { $request }

fly-nothing-to-update = アプリ `{ $app }` には `fly deploy` が管理するマシンがなく、更新するものがありません。一度 `fly deploy` を実行するか、アプリ名を確認してください。
fly-host-unreachable = マシン `{ $machine }` のホストが応答しないため、このマシンには触れられません。しばらく待つか、`fly machine status { $machine }` で確認してください。
fly-machine-gone = `{ $app }` のマシン `{ $machine }` がなくなっています。誰かが削除したのかもしれません。
fly-lease-held = マシン `{ $machine }` は { $owner } が { $until } まで確保しているため、いまは変更できません。別のツールがデプロイ中かもしれません。誰も使っていなければ `fly machine leases clear { $machine }` で解除できます。
fly-image-missing = レジストリにイメージ `{ $image }` がないため、動かせません。プッシュするか、存在するイメージをリリースしてください。fly.io の返答: `{ $error }`（リクエスト { $request }）
fly-no-room = マシン `{ $machine }` のホストが更新を受け付けません: `{ $error }`。時間をおいて試すか、別のホストにマシンを複製してください。（リクエスト { $request }）
fly-keeps-changing = マシン `{ $machine }` がほかから変更されています: `{ $error }`。別のツールがデプロイしていないか確認してください。（リクエスト { $request }）
fly-outcome-unknown = マシン `{ $machine }` が更新されたかどうかわかりません。fly.io が応答しなくなりました（`{ $error }`）。
fly-record-unreadable = マシン `{ $machine }` の記録が読めないため、何に戻せばよいかわかりません。`fly machine status { $machine }` で確認してください。
fly-boot-failed = マシン `{ $machine }` が起動しませんでした。状態は `{ $state }`（終了コード { $code }）です。`fly logs` を確認してください。
fly-boot-timeout = マシン `{ $machine }` は { $minutes } 分たっても `{ $state }` のままなので、失敗とみなします。`fly logs` を確認してください。
fly-stopped-unexpectedly = 動いているはずのマシン `{ $machine }` が `{ $state }`（終了コード { $code }）になっています。`fly logs` を確認してください。
fly-out-of-memory = マシン `{ $machine }` はメモリ不足で終了しました。メモリを増やすか、何が使っているかを調べてください。
fly-exit-loop = マシン `{ $machine }` は起動と終了を繰り返しています（終了コード { $code }、再起動 { $restarts } 回）。`fly logs` を確認してください。
fly-restarts = マシン `{ $machine }` が動き続けません。状態は `{ $state }` です。`fly logs` を確認してください。
fly-checks-failing = マシン `{ $machine }` の次のチェックが通りません: { $checks }。最初のチェックの出力: `{ $output }`
fly-checks-silent = マシン `{ $machine }` にはチェックがありますが、結果がひとつも届いていません。合格とはみなしません。
fly-changed-by-others = マシン `{ $machine }` は途中でほかから変更され、`{ $digest }` を動かしています。
fly-unsettled = マシン `{ $machine }` は途中の状態 `{ $state }` のままです。落ち着くまで触れません。
fly-not-verified = 最後の確認で、マシン `{ $machine }` はこのリリースを動かしていませんでした。状態は `{ $state }`、イメージは `{ $digest }` です。
fly-stays-down = 状態は `{ $state }` のままです。次に起動したとき、新しいイメージで動きます。
fly-not-restored = `{ $app }` のすべてを元に戻せてはいません。戻っていないもの: { $machines }。それぞれ `fly machine status` で確認してください。
