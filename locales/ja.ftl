## store

store-bad-url = データベースのアドレスが使えません: { $reason }。DATABASE_URL か設定の [database] に sqlite:///data/shipgate.db のように書いてください。
store-no-folder = フォルダー { $path } がないため、データベースを作れません。フォルダーを作るか、DATABASE_URL で別の場所を指定してください。
store-read-only = データベース { $path } を書き込み用に開けません ({ $text })。何も変更していません。Shipgate の実行ユーザーがファイルとフォルダーに書き込めるようにしてください。
store-not-a-database = { $path } は使えるデータベースではありません ({ $text })。何も変更していません。別のファイルを指定するか、バックアップを戻してください。
store-foreign = { $path } は別のプログラムのデータベースです。何も変更していません。DATABASE_URL で別のファイルを指定してください。
store-newer = { $path } は新しい Shipgate が更新したものです。スキーマ { $needs } が必要ですが、このプログラムは { $knows } までしか読めません。何も変更していません。新しいプログラムで起動するか、バックアップを戻してください。
store-busy = データベースが混み合っていて時間内に書き込めず、何も変更していません。少し待ってからもう一度お試しください。
store-full = データベース { $path } の空き容量がありません。データは失われていませんが、新しく書き込めません。空き容量を作れば、自動で再開します。
store-io = データベース { $path } の読み書きに失敗しました ({ $text })。確定済みのデータは無事です。ディスクを確認してください。
store-inconsistent = 保存されている内容に矛盾があります ({ $text })。何も変更していません。`shipgate audit verify` を実行し、報告してください。
store-other = データベースに拒否されました ({ $text })。何も変更していません。もう一度試し、続くようなら報告してください。
store-newer-attempt = この環境では新しい試行が始まっているため、こちらは停止しました。

## runner

runner-too-long = 時間内に応答がありませんでした。もう一度試すか、何が動いているかをターゲットに確認します。
runner-broke = この呼び出しの途中で Shipgate 側に不具合が起きました。応答なしとして処理を続けます。原因はログにあります。
runner-stopped = 呼び出しが途中で打ち切られました。もう一度試します。
runner-fenced = マシンには、この Shipgate のものではない試行 { $newer } の印が付いています。ほかの何かが操作しています。原因を確かめてから、やり直してください。

## audit

audit-changed = { $app }/{ $environment }: 記録 { $seq } が書かれた時の内容と違います。
audit-removed = { $app }/{ $environment }: 記録 { $from } から { $to } までがありません。
audit-inserted = { $app }/{ $environment }: 記録 { $seq } は Shipgate が書いたものではありません。
audit-cut = { $app }/{ $environment }: 末尾の記録 { $from } から { $to } までがありません。
audit-no-row = { $app }/{ $environment }: 記録はありますが、環境そのものの行がありません。
audit-unreadable = { $app }/{ $environment }: 記録 { $seq } は改変されていませんが、このプログラムでは読めません。新しいプログラムなら読める可能性があります。
audit-row-differs = { $app }/{ $environment }: 記録は改変されていませんが、保存された状態が記録と一致しません。
audit-deployment-differs = { $app }/{ $environment }: 記録は改変されていませんが、デプロイ { $deployment } の保存内容が記録と一致しません。
