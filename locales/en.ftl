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
