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
