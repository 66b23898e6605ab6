## checks

check-unknown-kind = This version of Shipgate has no check of kind `{ $kind }`.
check-http-settings = The settings of this http check cannot be used: { $reason }
check-http-ok = { $url } answered { $status } in { $ms } ms.
check-http-status = { $url } answered { $status } instead of { $expected }.
check-http-redirect = { $url } answered { $status }, a redirect, instead of { $expected }. Redirects are not followed.
check-http-slow = { $url } answered { $status }, but took { $ms } ms; it must take less than { $limit } ms.
check-http-timeout = { $url } did not answer within { $limit } ms.
check-http-refused = { $url } refused the connection: nothing listens there.
check-http-broken = { $url } broke off without a proper answer: { $reason }
check-http-no-name = { $url } could not be asked: its host name does not resolve from here.
check-http-no-network = { $url } could not be asked: the network is out of reach from here.
check-http-too-large = { $url } sent more than { $limit } KiB, so its JSON was not read.
check-http-no-json = { $url } answered, but not with JSON: { $got }
check-http-no-field = The answer of { $url } has no field `{ $field }`.
check-http-field = In the answer of { $url }, `{ $field }` is `{ $got }` instead of `{ $expected }`.

## config

config-no-file = there is no such file
config-no-file-next = Make one with `shipgate init`, or name another with `--config PATH` or SHIPGATE_CONFIG.
config-unreadable = the file cannot be read: { $reason }
config-unreadable-next = Make it readable for the user that Shipgate runs as.
config-not-utf8 = the file is not UTF-8 text
config-not-utf8-next = Save it as UTF-8.
config-file-too-long = the file is longer than 1 MiB
config-file-too-long-next = Check that this is the right file.
config-syntax = this is not valid TOML: { $message }
config-syntax-next = Mend this first; the rest of the file is read after that.

config-unknown-key = unknown key "{ $word }"
config-unknown-key-next = Remove it. Known here: { $known }.
config-unknown-key-near = unknown key "{ $word }"; did you mean "{ $near }"?
config-unknown-key-near-next = Write `{ $near }`.
config-missing = `{ $key }` is missing
config-missing-next = Write, for example: { $example }
config-section-not-yet = `{ $key }` is not in this version of Shipgate
config-section-not-yet-next = Remove this section for now.
config-not-yet = { $what ->
    [check] checks of kind "{ $word }" are
    [target] targets of kind "{ $word }" are
   *[strategy] the strategy "{ $word }" is
} not in this version of Shipgate
config-not-yet-next = This version has: { $known }.
config-unknown-word = `{ $key }` cannot be "{ $word }"
config-unknown-word-next = Write one of: { $known }.
config-unknown-word-near = `{ $key }` cannot be "{ $word }"; did you mean "{ $near }"?
config-unknown-word-near-next = Write "{ $near }".
config-unknown-group = there is no group "{ $word }"
config-unknown-group-next = Add it under [groups], or write one of: { $known }.
config-unknown-group-near = there is no group "{ $word }"; did you mean "{ $near }"?
config-unknown-group-near-next = Write "{ $near }", or add "{ $word }" under [groups].
config-not-a-group = "{ $name }" is not a group
config-not-a-group-next = Make a group of it under [groups], such as `team = ["{ $name }"]`, and write "team" here.
config-unknown-person = there is no person "{ $word }"
config-unknown-person-next = Add them under [people], write an identity such as "terminal:{ $word }", or one of: { $known }.
config-unknown-person-near = there is no person "{ $word }"; did you mean "{ $near }"?
config-unknown-person-near-next = Write "{ $near }", or add "{ $word }" under [people].
config-unknown-person-none = there is no person "{ $word }", because there is nobody under [people]
config-unknown-person-none-next = Add `{ $word } = ["terminal:{ $word }"]` under [people], or write an identity here.
config-unknown-placeholder = "{ $word }" means nothing here
config-unknown-placeholder-next = The only one there is: { $known }, the environment's own address.
config-unknown-placeholder-near = "{ $word }" means nothing here; did you mean "{ $near }"?
config-unknown-placeholder-near-next = Write `{ $near }`, at the very beginning of the address.
config-unknown-zone = there is no time zone "{ $word }"
config-unknown-zone-next = Write a name such as "Asia/Tokyo", "Europe/Berlin" or "UTC".
config-unknown-zone-near = there is no time zone "{ $word }"; did you mean "{ $near }"?
config-unknown-zone-near-next = Write "{ $near }".

config-not-text = `{ $key }` must be text
config-not-text-next = Put it in quotes: "…"
config-not-whole = `{ $key }` must be a whole number
config-not-whole-next = Write a number without quotes and without a decimal point, such as 3.
config-not-number = `{ $key }` must be a number
config-not-number-next = Write a number without quotes, such as 0.05.
config-not-boolean = `{ $key }` must be true or false
config-not-boolean-next = Write true or false, without quotes.
config-not-list = `{ $key }` must be a list
config-not-list-next = Write it in brackets: ["…", "…"]; a list of sections has two brackets around each heading.
config-not-table = `{ $key }` must be a section with keys of its own
config-not-table-next = Write {"{"} … = … {"}"} behind it, or give it a heading in brackets.
config-not-scalar = `{ $key }` must be text, a number, true or false
config-not-scalar-next = Write a single value, such as "ok".
config-not-span = `{ $key }` must be a length of time
config-not-span-next = Write whole numbers with units, the larger first, in quotes: "90s", "30m", "1h30m", "2d".
config-not-time = `{ $key }` must be a time of day
config-not-time-next = Write hours and minutes in quotes: "09:00".
config-not-days = `{ $key }` must be days of the week
config-not-days-next = Write for example "mon-fri" or "tue,thu".
config-not-dates = `{ $key }` has something that is no date
config-not-dates-next = Write days such as "2026-12-24", or from the first to the last such as "2026-12-29/2027-01-03".
config-not-url = `{ $key }` must be a web address
config-not-url-next = Write it whole: "https://hello.example.org".
config-not-pointer = `{ $key }` must be the path of a JSON field
config-not-pointer-next = Begin with a slash and put one between the names: "/database/status".
config-out-of-range = `{ $key }` must be between { $least } and { $most }
config-out-of-range-next = Write a number in that range.
config-span-out-of-range = `{ $key }` must be between { $least } and { $most }
config-span-out-of-range-next = Write a length of time in that range, such as "{ $least }".
config-too-long = `{ $key }` is longer than { $limit } characters
config-too-long-next = Shorten it.
config-bad-name = "{ $name }" cannot be a name
config-bad-name-next = A name is 1 to { $limit } characters on one line, without spaces at its ends.
config-bad-word = "{ $name }" cannot be a name, because people type it in commands
config-bad-word-next = Use 1 to { $limit } letters, digits and - _ . only, and no - at the beginning.
config-bad-key = "{ $key }" cannot be a name here
config-bad-key-next = Use letters, digits and - _ . only, and no - at the beginning.
config-name-twice = the name "{ $name }" is taken already
config-name-twice-next = Give this one another name.

config-not-database = this is not a database that Shipgate knows
config-not-database-next = Write "sqlite://" and a file: "sqlite://shipgate.db".
config-postgres-not-yet = PostgreSQL is not in this version of Shipgate
config-postgres-not-yet-next = Write "sqlite://" and a file: "sqlite://shipgate.db".
config-identity-twice = "{ $identity }" is { $person } already
config-identity-twice-next = One identity is one person: remove it from one of them.
config-not-a-person = "{ $identity }" may be several people
config-not-a-person-next = List it under [groups]; [people] takes identities of one human only.
config-bad-identity = "{ $identity }" is not an identity
config-bad-identity-next = An identity begins with one of: { $known }.
config-everyone = "everyone" is built in and cannot be defined
config-everyone-next = Remove it, or give the group another name.

config-no-apps = there is no app in this file
config-no-apps-next = Add one: [[apps]] with a name, and [[apps.environments]] below it.
config-no-environments = the app has no environment
config-no-environments-next = Add one below it: [[apps.environments]] with a name and a target.
config-bad-repository = "{ $repository }" is not a repository
config-bad-repository-next = Write the owner and the name: "acme/hello".
config-bad-fly-app = "{ $name }" cannot be the name of an app on fly.io
config-bad-fly-app-next = Write it as `fly apps list` does: small letters, digits and hyphens.
config-target-twice = another environment runs on this target already
config-target-twice-next = Give each environment a target of its own; two on one would undo each other's work.
config-url-password = `{ $key }` holds a user name or password, which would end up in the ledger
config-url-password-next = Write the address without it, and let the app answer health checks without a password.
config-url-with-query = `{ $key }` has something after a ? or #
config-url-with-query-next = Write the address alone; checks put a path behind it.
config-no-url = "{"{"}url{"}"}" stands for the environment's address, and it has none
config-no-url-next = Give the environment one: url = "https://hello.example.org"
config-bad-address = "{ $address }" makes no address under the environment's own
config-bad-address-next = Put a slash behind it: "{"{"}url{"}"}/health".
config-head-has-no-body = the answer to HEAD has no JSON
config-head-has-no-body-next = Remove `json`, or `method`.

config-no-decider = nothing decides this gate
config-no-decider-next = Give it one of: { $known }.
config-two-deciders = this gate is decided by `{ $first }` already
config-two-deciders-next = Make two gates of it, each with a name.
config-only-with-check = `{ $key }` goes with a check
config-only-with-check-next = Remove it; this gate is not decided by a check.
config-only-before = `{ $key }` makes sense before a rollout only
config-only-before-next = Move this gate to [[apps.environments.before]].
config-within-before = `within` counts after a rollout only
config-within-before-next = Remove it; before a rollout, `give_up` of the environment says how long to wait.
config-soak-in-first = the first environment has none before it to soak in
config-soak-in-first-next = Move this gate to a later environment.
config-empty-window = the window ends when it begins
config-empty-window-next = Leave the gate out if any time will do; otherwise write different times.
config-gate-too-short = this gate can never pass: { $times } times every { $every } takes { $least }, and it fails after { $within }
config-gate-too-short-next = Write a `within` longer than { $least }, or ask less often.
config-no-rules = the watch has no rules
config-no-rules-next = Add [[apps.environments.watch.rules]], or remove the watch.
config-no-breaks = nothing breaks this rule
config-no-breaks-next = Write `fails = 3` for failures in a row, or `above = …` or `below = …` with `for = "2m"`.
config-two-breaks = this rule is broken by something else already
config-two-breaks-next = Keep one of `fails`, `above` and `below`; make a second rule for the other.
config-only-with-threshold = `{ $key }` goes with `above` or `below`
config-only-with-threshold-next = Remove it, or write the bound.
config-rule-too-long = this rule can never tell: it needs { $needs }, and the watch lasts { $for }
config-rule-too-long-next = Ask for less, ask more often, or make the watch longer than { $needs }.

config-not-socket = "{ $value }" is not an address to listen on
config-not-socket-next = Write an IP address and a port: 127.0.0.1:8080
config-not-port = "{ $value }" is not a port
config-not-port-next = Write a number from 1 to 65535.
config-token-letters = the token holds characters that no token has
config-token-letters-next = Set it again; perhaps a line break or a quotation mark came with it.
config-bad-api-token = entry { $number } is not of the form name=token
config-bad-api-token-next = Write name=token, with a comma between two; letters, digits and - _ . in names, no spaces in tokens.
config-api-name-twice = entry { $number } repeats the name "{ $name }"
config-api-name-twice-next = Give each token a name of its own.
config-api-token-twice = entry { $number } repeats the token of another name
config-api-token-twice-next = Make a token for each name, or nobody can tell them apart.
config-no-fly-token = an app runs on fly.io, and FLY_API_TOKEN is not set
config-no-fly-token-next = Make a token with { $commands } and put it into FLY_API_TOKEN.
config-no-fly-tokens = apps run on fly.io, and FLY_API_TOKEN is not set
config-no-fly-tokens-next = Make tokens with { $commands } and put them into FLY_API_TOKEN, with a comma between them.

explain-nobody-may = Nobody has the permission `{ $permission }`. Name a group for it under [permissions].
explain-nobody-confirms = { $app } { $environment }: nobody can tick "{ $gate }": the group "{ $group }" is empty.
explain-nobody-approves = { $app } { $environment }: nobody can approve "{ $gate }": it takes a member of "{ $group }" who also has the permission `approve`.
explain-too-few-approve = { $app } { $environment }: "{ $gate }" wants { $count } approvals, but fewer people in "{ $group }" may approve.
explain-own-request = { $app } { $environment }: "{ $gate }" can never pass for what a member of "{ $group }" requests: their own approval does not count, and too few others may approve.
## targets

target-kind-unknown = There is no target of the kind `{ $kind }`. Known: { $known }.

## targets/fly

fly-settings-no-table = A fly target is a table: write `target = {"{"} kind = "fly", app = "my-app", strategy = "rolling" {"}"}`.
fly-setting-unknown = A fly target has no setting `{ $key }`. Did you mean `{ $nearest }`?
fly-app-unset = The fly target does not say which app. Add `app = "my-app"`.
fly-app-malformed = `{ $app }` cannot be the name of a fly.io app: only lower-case letters, digits and inner hyphens, at most 63.
fly-strategy-unknown = There is no strategy `{ $strategy }`. Write `strategy = "rolling"`.
fly-strategy-not-yet = The strategy `{ $strategy }` is not there yet. Write `strategy = "rolling"`.
fly-token-missing = There is no token for fly.io. Set `FLY_API_TOKEN` (`fly tokens create deploy` makes one) and start Shipgate again.
fly-token-malformed = `FLY_API_TOKEN` holds characters that no token has. Set it anew, without line breaks, and start Shipgate again.
fly-url-malformed = `{ $url }` is not an address of the Machines API. Check `FLY_FLAPS_BASE_URL`.
fly-client-broken = No connection to fly.io can be set up: { $error }

fly-unreachable = fly.io cannot be reached ({ $error }). Nothing is known about `{ $app }` until it can. Check the network and `FLY_FLAPS_BASE_URL`.
fly-no-answer = fly.io did not answer about `{ $app }` ({ $error }). See status.flyio.net; if it is well, check the network.
fly-empty = fly.io answered { $status } about `{ $app }`, with nothing in it. Check `FLY_FLAPS_BASE_URL`; see status.flyio.net. Request: { $request }
fly-nonsense = What answered for fly.io about `{ $app }` does not speak the Machines API ({ $status }): `{ $error }`. Check `FLY_FLAPS_BASE_URL` and proxies on the way. Request: { $request }
fly-unauthorized = fly.io did not accept the token (401). It may be wrong, expired or revoked. Set a new `FLY_API_TOKEN` and start Shipgate again. Request: { $request }
fly-forbidden = The fly.io token is not for the app `{ $app }` (403). Check the app's name, or set a `FLY_API_TOKEN` that may change this app. Request: { $request }
fly-app-not-found = fly.io knows no app `{ $app }` (404). Check the app's name in the config. Request: { $request }
fly-limited = fly.io wants fewer requests about `{ $app }` (429). Shipgate goes on more slowly. Request: { $request }
fly-unwell = fly.io could not answer about `{ $app }` ({ $status }): `{ $error }`. If it lasts, see status.flyio.net. Request: { $request }
fly-refused = fly.io refused a request about `{ $app }` ({ $status }): `{ $error }`. Request: { $request }

fly-nothing-to-update = The app `{ $app }` has no machines that `fly deploy` looks after, so there is nothing to update. Run `fly deploy` once, or check the app's name.
fly-host-unreachable = The host of machine `{ $machine }` does not answer, so the machine must not be touched. Wait, or look at it with `fly machine status { $machine }`.
fly-machine-gone = Machine `{ $machine }` of `{ $app }` is not there any more. Somebody may have destroyed it.
fly-lease-held = Machine `{ $machine }` is held by { $owner } until { $until }, so it cannot be changed now. Another tool may be deploying. If nobody is: `fly machine leases clear { $machine }`.
fly-image-missing = The registry has no image `{ $image }`, so it cannot run. Push it, or release one that is there. fly.io said: `{ $error }` (request { $request })
fly-no-room = The host of machine `{ $machine }` does not take the update: `{ $error }`. Try again later, or clone the machine to another host. (Request { $request })
fly-keeps-changing = Machine `{ $machine }` is being changed by somebody else: `{ $error }`. See that no other tool deploys. (Request { $request })
fly-outcome-unknown = Nobody knows whether machine `{ $machine }` was updated: fly.io does not answer any more (`{ $error }`).
fly-record-unreadable = The record of machine `{ $machine }` cannot be read, so Shipgate does not know what to go back to. Look at it with `fly machine status { $machine }`.
fly-boot-failed = Machine `{ $machine }` did not boot: it is `{ $state }` (exit code { $code }). See `fly logs`.
fly-boot-timeout = Machine `{ $machine }` is still `{ $state }` after { $minutes } minutes, so it counts as failed. See `fly logs`.
fly-stopped-unexpectedly = Machine `{ $machine }` should run but is `{ $state }` (exit code { $code }). See `fly logs`.
fly-out-of-memory = Machine `{ $machine }` ran out of memory and was ended. Give it more, or see what uses it.
fly-exit-loop = Machine `{ $machine }` starts and exits again and again (exit code { $code }, restarted { $restarts } times). See `fly logs`.
fly-restarts = Machine `{ $machine }` does not stay up: it is `{ $state }`. See `fly logs`.
fly-checks-failing = These checks of machine `{ $machine }` do not pass: { $checks }. The first says: `{ $output }`
fly-checks-silent = Machine `{ $machine }` has checks, but none of them has reported. That is not a pass.
fly-changed-by-others = Machine `{ $machine }` was changed by somebody else meanwhile: it runs `{ $digest }`.
fly-unsettled = Machine `{ $machine }` stays `{ $state }`, in between two states. It is left alone until it has come to rest.
fly-not-verified = At the end machine `{ $machine }` does not run the release: it is `{ $state }` and has `{ $digest }`.
fly-stays-down = It is `{ $state }`, and takes the new image when it starts.
fly-not-restored = Not everything in `{ $app }` is back as it was. Not restored: { $machines }. Look at each with `fly machine status`.
