# Every word that a person reads, in English. The keys and their arguments are the same in every language.
# Names of arguments that say what they hold (moments, spans, stable words) are listed in src/words/mod.rs.

## words: times, spans, lists

list-separator = {", "}
time = { $clock } { $weekday } { $day } { $month }
time-with-year = { $clock } { $weekday } { $day } { $month } { $year }
time-with-zone = { $time } ({ $zone })
# The zone that readers of this language take for granted; "none" names it always.
time-zone-at-home = none
time-clock = { $hour }:{ $minute }
weekday = { $n ->
    [1] Mon
    [2] Tue
    [3] Wed
    [4] Thu
    [5] Fri
    [6] Sat
   *[7] Sun
}
weekday-range = { $first }–{ $last }
month = { $n ->
    [1] Jan
    [2] Feb
    [3] Mar
    [4] Apr
    [5] May
    [6] Jun
    [7] Jul
    [8] Aug
    [9] Sep
    [10] Oct
    [11] Nov
   *[12] Dec
}
span-milliseconds = { $n } ms
span-seconds = { $n } s
span-minutes = { $n } min
span-hours = { $n } h
span-days = { $n } d
span-two = { $first } { $second }

## words: stable words

phase-queued = Queued
phase-entering = Waiting to start
phase-asking = Waiting for people
phase-rolling-out = Rolling out
phase-verifying = Checking
phase-watching = Watching
phase-undecided = People must decide
phase-rolling-back = Rolling back
phase-closed = Closed
outcome-succeeded = Succeeded
outcome-kept = Kept without a verdict
outcome-rolled-back = Rolled back
outcome-failed = Failed
outcome-aborted = Aborted
outcome-superseded = Superseded
outcome-needs-people = Needs people
action-approve = Approve
action-reject = Reject
action-confirm = Confirm
action-abort = Abort
action-rollback = Roll back
action-keep = Keep
permission-deploy = deploy to the first environment
permission-promote = promote to a later environment
permission-release = register releases
permission-rollback = roll back
permission-approve = approve or reject
permission-override = override gates
permission-lock = lock environments
permission-halt = halt everything
permission-quarantine = lift quarantines
argument-environment = ENVIRONMENT
argument-app = APP
argument-version = VERSION
argument-image = IMAGE@sha256:…
argument-gate = GATE
argument-reason = reason
argument-again = again
argument-lasting = for 2h
argument-command = COMMAND

## card: the deployment

card-title = { $app } { $version } → { $environment } · { $status }
card-title-back = { $app } back to { $version } in { $environment } · { $status }
card-release = Release
card-commit = commit { $commit }
card-in-place-of = in place of { $version }
card-one-way = ⚠ no way back past { $versions }
card-notes = Notes
card-asked = Requested
card-asked-by = by { $name } at { $at }
card-reason = Reason
card-lock = Locked
card-lock-holds = the rollout waits until it is lifted
card-locked-by = by { $name }: { $reason }
card-shipgate = Shipgate
card-gates = Before
card-gates-before = Gates before the rollout
card-gates-after = After the rollout
card-machines = Machines
card-machines-done = run the new release
card-machines-restored = put back
card-machines-unknown = Nothing is recorded of any machine.
card-watch = Watch
card-trouble = Trouble
card-trouble-again = { $trouble }. Trying again.
card-nothing-known = an unknown release
card-footer = requested by { $name } · #{ $id } · ledger { $mark }
card-image = Image

## card: what is going on, and what to do

now-queued = Asking what runs in { $environment } now. Nothing is touched yet.
now-queued-behind = It waits for the deployment of { $version } to { $environment } to end. Nothing is touched yet.
now-entering = It starts by itself once every gate before the rollout is open. Nothing is touched yet.
now-asking = Only people are missing now ({ $people }). Nothing is touched before they decide.
now-rolling-out = { $version } takes the place of { $from }, machine by machine.
now-rolling-out-back = The machines go back to { $version }, one by one.
now-settling = Nobody knows whether the last step worked, so it is being looked up before anything else is done.
now-verifying = Every machine runs { $version }. Now it must pass the gates after the rollout.
now-watching = { $version } runs everywhere and has passed its gates. If a rule breaks now, { $environment } goes back to { $from } by itself.
now-undecided-keep = The samples do not suffice to judge { $version }. { $people } must decide until { $until }: Keep or Roll back. If nobody does, { $version } stays, without counting as a success.
now-undecided-back = The samples do not suffice to judge { $version }. { $people } must decide until { $until }: Keep or Roll back. If nobody does, it goes back to { $from }.
now-rolling-back = { $environment } goes back to { $from }. Nothing to do; this card says when it is there.
now-succeeded = { $version } runs in { $environment } and has passed everything.
now-succeeded-back = { $environment } runs { $version } again.
now-kept = { $version } runs in { $environment }, but the watch could not tell whether it is good.
now-rolled-back = { $environment } runs { $from } again.
now-failed-restored = The machines of { $environment } were put back as they were before.
now-untouched = Nothing was touched: { $environment } runs what it ran before.
now-needs-people = { $environment } is in a state that only people can judge. It is locked, and nothing more happens by itself.
now-needed-people = { $environment } needed people. Somebody has decided since.

next-promote = Next: press Promote to take it to { $next }.
next-kept = It does not count as a success, so it cannot be promoted. Deploy it again to give it another chance.
next-rolled-back = { $version } is barred from every environment. Fix it and release a new version; or, if the fault was elsewhere, lift it with `/unquarantine { $version } reason`.
next-failed = Put right what is said above, then ask for it again.
next-needs-people = Look at each machine below. Then press Go back anyway to put the machines back to { $from }, or Keep to leave them as they are.

cause-aborted = { $name } stopped it{ $given ->
    [yes] : { $reason }.
   *[no] .
}
cause-rejected = { $name } rejected it{ $given ->
    [yes] : { $reason }.
   *[no] .
}
cause-gave-up = { $known ->
    [yes] It waited for { $span }, the longest it may, and was given up.
   *[no] It waited for as long as it may, and was given up.
}
cause-look-failed = It could not be learned what runs now: { $said }.
cause-barred = { $version } may not be released any more: it was barred, or has lost its success in the environment before.
cause-gate-failed = The gate “{ $gate }” failed: { $said }.
cause-rollout-failed = The rollout failed: { $said }.
cause-rollout-too-long = The rollout took longer than { $span }, which is its limit.
cause-rule-failed = The rule “{ $rule }” broke: { $samples } samples failed in a row (limit { $fails }), { $window }. The last one: { $said }.
cause-rule-above = The rule “{ $rule }” broke: above { $bound } for longer than { $lasting_span }, { $window }, { $samples ->
    [one] { $samples } sample
   *[other] { $samples } samples
}. The last value: { $value } ({ $said }).
cause-rule-below = The rule “{ $rule }” broke: below { $bound } for longer than { $lasting_span }, { $window }, { $samples ->
    [one] { $samples } sample
   *[other] { $samples } samples
}. The last value: { $value } ({ $said }).
cause-window = { $from } to { $to } ({ $span })
cause-undecided = The watch could not tell, and nobody decided in time.
cause-restore-failed = The machines could not be put back: { $said }.
cause-superseded = { $name } asked for { $version } instead.
cause-kept = { $name } decided to keep it.
cause-kept-by-itself = Nobody decided in time, so it was kept, as the plan says.

button-approve = Approve
button-reject = Reject
button-confirm = Confirm
button-abort = Abort
button-roll-back = Roll back
button-promote = Promote
button-keep = Keep
button-go-back-anyway = Go back anyway
button-which = { $button }: { $which }

## card: gates, machines, watch

gate-waiting = not yet
gate-running = being checked
gate-passed = passed
gate-failed = failed
gate-skipped = not asked
gate-overridden = overridden
gate-later = later
gate-check-planned = { $times } in a row, within { $span }
gate-asked-last = { $group } will be asked once nothing else is missing
group-everyone = anyone
gate-by = { $gate } ({ $names })
gates-passed = { $n ->
    [one] { $n } gate passed
   *[other] { $n } gates passed
}: { $gates }
gate-waits-for = waits for { $group }
gate-in-a-row = { $n } of { $times } in a row
gate-approval = { $count ->
    [one] { $count } approval needed
   *[other] { $count } approvals needed
}
gate-approval-by-another = { $count ->
    [one] { $count } approval needed
   *[other] { $count } approvals needed
}, not from { $requester }, who asked for it
gate-approval-given = approved by { $names } ({ $given } of { $count })
gate-confirm = nobody has ticked it
gate-confirm-given = ticked by { $names }
gate-window = open { $days } { $from }–{ $to } ({ $zone })
gate-soak = { $span } after its success in the environment before
gate-check = not asked yet

stage-waiting = its turn has not come
stage-updating = getting { $version }
stage-starting = starting with { $version }
stage-checking = { $version }, waiting for its own health checks
stage-done = runs { $version }, verified
stage-restoring = being put back to { $from }
stage-restored = runs { $from } again, verified
stage-failed = not as it should be

watch-name = watch
watch-planned = for { $span }, going back by itself: { $rules }
watch-passed = passed for { $span }: { $rules }
watch-ends = The watch ends
watch-decide-within = The time to decide ends
watch-rule-fails = rolls back after { $fails } failures in a row
watch-rule-above = rolls back above { $bound } for { $span }
watch-rule-below = rolls back below { $bound } for { $span }
watch-fails-now = now { $n }
watch-beyond-now = beyond its bound for { $span }
watch-value-now = now { $value }
watch-samples = { $n ->
    [one] { $n } sample
   *[other] { $n } samples
}
watch-samples-of = { $n } of at least { $at_least } samples
watch-last = last: { $said }
watch-no-sample = nothing yet

## card: answers

answer-started = On its way: { $version } to { $environment }
answer-under-way = That is under way already: { $version } to { $environment }
answer-registered = Registered { $version } of { $app }
answer-registered-already = { $version } of { $app } was registered already, with the same image
answer-registered-next = Next: `/deploy` it to the first environment.
answer-one-way = There is no way back past { $version }: it is marked one-way.
answer-smoke-started = Smoke test of { $app } in { $environment } started: { $n ->
    [one] { $n } check
   *[other] { $n } checks
}
answer-smoke-under-way = A smoke test of { $app } in { $environment } is under way already: { $n ->
    [one] { $n } check
   *[other] { $n } checks
}

done-approve = You approved { $version } for { $environment }.
done-reject = You rejected { $version } for { $environment }.
done-confirm = Ticked, for { $version } to { $environment }.
done-abort = You stopped { $version } to { $environment }.
done-rollback = { $environment } goes back from { $version }.
done-keep = You kept { $version } in { $environment }.
done-lock = { $environment } is locked { $expires ->
    [yes] until { $expires_at }
   *[no] until somebody unlocks it
}.
done-unlock = { $environment } is unlocked.
done-unquarantine = { $version } may be released again.

history-title = History of { $app }
history-title-in = History of { $app } in { $environment }
history-empty = Nothing was deployed yet. `/deploy` begins.
history-line = { $version } → { $environment }
history-line-back = { $version } → { $environment } (back)
history-took = took { $span }

status-title = Status of { $app }
status-title-all = { $n ->
    [0] Status
    [one] Status of { $n } app
   *[other] Status of { $n } apps
}
status-nothing = No app is configured.
status-runs = Runs
status-since = since { $at }
status-mixed = not one release on every machine
status-not-asked = not known yet: its target has not answered
status-under-way = Under way
status-queued = Next
status-queued-by = { $version }, requested by { $name }
status-stuck = Needs people
status-stuck-by = { $version } ended in a state that only people can judge; decide on its card (#{ $id })
status-locked-until = until { $at }
status-url = Address
status-brief = { $version } { $status }
status-brief-locked = locked
status-brief-trouble = trouble
status-brief-matters = ({ $matters })

why-title = What { $app } in { $environment } waits for
why-standing = { $environment } now
why-no-candidate = Nothing is under way, and there is no release that could come to { $environment } next.
why-up-to-date = Nothing is under way: { $environment } runs { $version }, the newest that could come here.
why-ready = Nothing is under way. { $version } could come to { $environment } now.
why-held = Nothing is under way. { $version } could come to { $environment }, but for what is listed here.
why-obstacles = In the way
why-barred = Barred releases
why-barred-in = rolled back in { $environment } at { $at }

smoke-title = Smoke test of { $app } in { $environment } · { $status }
smoke-running = Running
smoke-passed = Passed
smoke-failed = Failed
smoke-unknown = no answer
smoke-answered = answered
smoke-sentence-running = { $n ->
    [one] { $n } check is asked once
   *[other] { $n } checks are asked once each
}. Nothing is changed.
smoke-sentence-passed = { $n ->
    [one] The check passed
   *[other] All { $n } checks passed
}.
smoke-sentence-failed = { $passed } of { $n } passed, { $failed } failed, { $unknown } gave no answer. Nothing was changed; `/history { $environment }` shows what was released last, and `/rollback { $environment }` goes back.
smoke-footer = requested by { $name } · #{ $id }

say-asked = { $app } { $version } → { $environment } waits for you: { $what }. { $name } asked for it.
say-undecided = { $app } { $version } → { $environment }: the samples of { $rules } do not suffice. Decide until { $until }: Keep or Roll back.
say-rolling-back = { $app } { $version } → { $environment } goes back to { $from }. { $what }
say-succeeded = { $app } { $version } → { $environment } succeeded.
say-succeeded-back = { $app } in { $environment } is back at { $version }.
say-kept = { $app } { $version } → { $environment } was kept without a verdict. { $what }
say-rolled-back = { $app } in { $environment } runs { $from } again; { $version } is barred. { $what }
say-failed = { $app } { $version } → { $environment } failed; nothing was touched. { $what }
say-failed-restored = { $app } { $version } → { $environment } failed; the machines were put back. { $what }
say-aborted = { $app } { $version } → { $environment } was stopped; nothing was touched. { $what }
say-superseded = { $app } { $version } → { $environment } is off, { $name }: { $what }
say-needs-people = { $app } in { $environment } needs people now, and is locked. { $what } The card shows each machine and what to press.
say-locked = { $app } in { $environment } is locked by { $name }: { $reason }
say-smoke = Smoke test of { $app } in { $environment }: { $verdict }

## card: help

help-title = What you can type
help-title-one = /{ $command }: { $line }
help-head = Apps and environments can stand in any order. With one app, the app is never asked for.
help-foot = `/help deploy` shows one command with its arguments and an example.
help-example = Example
help-needs = Needs
help-permission = the right to { $permission } (`{ $word }` in the config)

command-deploy = release to an environment
command-deploy-help = Takes a release to the first environment: the newest, or the one you name. To a later environment it goes as /promote does. `again` does it though that release runs already.
command-deploy-example = /deploy staging v2
command-promote = take what succeeded on to the next environment
command-promote-help = Takes the release that succeeded in the environment before to the one you name; without a name, to the one after the first. The same image goes on; nothing is built again.
command-promote-example = /promote production
command-rollback = go back to the last good release
command-rollback-help = What is under way goes back; otherwise the last good release comes again, or the one you name. No gate before it, no lock and no approval holds it. The release it leaves is barred.
command-rollback-example = /rollback production v1 errors since noon
command-smoke = run an environment's http checks once
command-smoke-help = Asks each http check of the environment once and shows the answers. Nothing is changed.
command-smoke-example = /smoke staging
command-status = what runs where, and what is under way
command-status-help = Shows every environment of one app, or a line for each app.
command-status-example = /status
command-why = what an environment waits for
command-why-help = Shows each gate: passed, failed, or waiting for whom and until when; and what else is in the way, with what to do about it.
command-why-example = /why production
command-history = what was released, newest first
command-history-help = Shows the deployments of an app, or of one environment: how each ended, when, who asked for it, and why it failed.
command-history-example = /history production
command-release = register a release
command-release-help = Registers a version of an app. The image must be pinned by its digest, so that every environment gets the same bytes.
command-release-example = /release v5 registry.fly.io/hello@sha256:0f3a… (64 digits)
command-approve = say yes to what waits for approval
command-approve-help = Approves the deployment that waits. With several gates, name the one you mean. The button does the same.
command-approve-example = /approve production
command-reject = say no to what waits for approval
command-reject-help = Rejects the deployment that waits; nothing is touched. A reason helps the one who asked.
command-reject-example = /reject production not before the sale ends
command-confirm = tick an item of the checklist
command-confirm-help = Ticks an item that the deployment under way waits for. The button does the same.
command-confirm-example = /confirm release notes written
command-abort = stop what is under way
command-abort-help = Stops the deployment under way. Before the rollout nothing is touched; after that, what was touched goes back. The one who asked may, and who may roll back.
command-abort-example = /abort staging wrong version
command-lock = hold an environment
command-lock-help = Nobody but you can start a deployment there until you unlock it or the time is over. Rolling back always works. Others read the reason.
command-lock-example = /lock production database work for 2h
command-unlock = let go of an environment
command-unlock-help = Lifts your own lock; another's needs the right to lock.
command-unlock-example = /unlock production
command-unquarantine = let a barred release out again
command-unquarantine-help = What was rolled back is barred from every environment. This lifts it, for a reason that others read.
command-unquarantine-example = /unquarantine v3 the database was down, not the release
command-help = this list, or one command
command-help-help = Shows every command, or one with its arguments and an example.
command-help-example = /help deploy

## terminal

terminal-only-for = (only { $name } sees this)
terminal-progress = { $done } of { $of } { $what }
terminal-in = in { $span } ({ $time })
terminal-now = any moment
terminal-opens = opens { $when }
terminal-press = Type { $presses }
terminal-gone = The terminal takes no more text: { $error }

## refusals: the core

refusal-not_permitted = You may not { $permission }.
refusal-not_permitted-next = Ask somebody who may. Whoever keeps the config grants it with `{ $word }` under [permissions].
refusal-not_in_group = “{ $gate }” is for { $group } to decide, and you are not one of them.
refusal-not_in_group-next = Ask somebody of { $group }.
refusal-unknown_version = There is no version { $version }.
refusal-unknown_version-next = { $count ->
    [0] No release is registered yet: use `/release`, or let the CI do it.
   *[other] The newest there are: { $known }. A new one is registered with `/release`.
}
refusal-no_releases = No release is registered yet, so there is nothing to deploy.
refusal-no_releases-next = Register one with `/release VERSION IMAGE@sha256:…`, or let the CI do it.
refusal-not_promotable = That is the first environment: releases are deployed to it, not promoted.
refusal-not_promotable-next = Use `/deploy`.
refusal-not_deployable = A release reaches this environment only after it has succeeded in { $before }.
refusal-not_deployable-next = Deploy it to { $before } first, then `/promote` it.
refusal-no_evidence = { $named ->
    [yes] { $version } has not succeeded in { $before } yet.
   *[no] No release has succeeded in { $before } yet.
}
refusal-no_evidence-next = Take it to { $before } first. When it succeeds there, promote it.
refusal-quarantined = { $version } is barred from every environment: it was rolled back in { $environment } at { $at }.
refusal-quarantined-next = Release a new version. If the fault was elsewhere: `/unquarantine { $version } reason`.
refusal-already_running = { $version } runs there already.
refusal-already_running-next = To do it all the same, put `again` at the end.
refusal-nothing_to_go_back_to = There is no earlier good release to go back to.
refusal-nothing_to_go_back_to-next = Fix it with a new release. `/history` shows what ran, and `/unquarantine` lets a barred release out again.
refusal-locked = { $named ->
    [yes] { $owner } holds this environment{ $expires ->
        [yes] {" "}until { $expires_at }
       *[no] {""}
    }: { $reason }
   *[no] Shipgate holds this environment until somebody decides: { $reason }
}
refusal-locked-next = { $named ->
    [yes] Ask { $owner }, or `/unlock` it if you may. `/rollback` works all the same.
   *[no] Press Keep or Go back anyway on the card that needs people, or `/unlock` it if you may.
}
refusal-not_locked = Nobody holds this environment.
refusal-not_locked-next = There is nothing to unlock. `/status` shows what is locked.
refusal-locked_by_another = { $named ->
    [yes] { $owner } holds this environment.
   *[no] Shipgate itself holds this environment, because it needs people.
}
refusal-locked_by_another-next = { $named ->
    [yes] Ask { $owner }. Lifting another's lock takes the `lock` permission.
   *[no] Decide on the card that needs people. Lifting the lock takes the `lock` permission.
}
refusal-rolling_back = The environment is going back already, and that is not stopped.
refusal-rolling_back-next = Wait until its card says that it is back, then ask again.
refusal-environment_gone = This environment is not in the config any more.
refusal-environment_gone-next = What was under way may end; nothing new starts. `/status` shows the environments that there are.
refusal-no_such_deployment = There is no such deployment here.
refusal-no_such_deployment-next = `/status` shows what is under way, `/history` what was.
refusal-already_closed = It has ended already: { $outcome }.
refusal-already_closed-next = Nothing was changed by this. `/status` shows how things stand.
refusal-stale_card = Something has changed since that card was painted, so the press did not count.
refusal-stale_card-next = Look at the card as it is now and press again if you still want to (it was revision { $pressed }, now it is { $now }).
refusal-wrong_phase = “{ $action }” does not fit now: the deployment stands at “{ $phase }”.
refusal-wrong_phase-next = Its card has the buttons that fit. `/why ENVIRONMENT` says what it waits for.
refusal-no_such_gate = { $named ->
    [yes] Nothing called “{ $gate }” waits for that.
   *[no] Nothing waits for that.
}
refusal-no_such_gate-next = { $count ->
    [0] Nothing waits for such a word now. `/why ENVIRONMENT` shows each gate.
   *[other] What waits: { $waiting }.
}
refusal-which_gate = Several gates wait. Which one do you mean?
refusal-which_gate-next = Name it: { $waiting }.
refusal-not_asked_yet = It is too early: people are asked when nothing else is missing.
refusal-not_asked_yet-next = Still missing: { $missing }. You are called when it is time.
refusal-own_request = You asked for this release yourself, so your own approval does not count.
refusal-own_request-next = Ask somebody else to approve it.
refusal-already_approved = Your word is in already.
refusal-already_approved-next = Nothing more is needed from you. `/why ENVIRONMENT` shows who is still awaited.
refusal-unknown_person = It cannot be told whether { $identity } is another person, so this approval does not count.
refusal-unknown_person-next = Approve from the chat in which it was requested, or have both identities named under [people] in the config.
refusal-no_checks = This environment has no http checks, so there is nothing to smoke test.
refusal-no_checks-next = Add a gate or a watch rule with an http check to its config.
refusal-not_quarantined = { $version } is not barred.
refusal-not_quarantined-next = { $count ->
    [0] No release of this app is.
   *[other] Those that are: { $barred }.
}
refusal-nothing_to_update = The target has no machines, so there is nothing to update.
refusal-nothing_to_update-next = Create its machines first, with the means of the target (for fly.io: `fly deploy` or `fly scale count`).
refusal-bad_policy = The config of this environment cannot be used: { $note }
refusal-bad_policy-next = Correct the config. `shipgate check` names the line.

## refusals: the service

refusal-unknown_command = There is no command `/{ $typed }`.
refusal-unknown_command-next = { $near ->
    [yes] Did you mean `/{ $nearest }`? `/help` lists them all.
   *[no] `/help` lists them all.
}
refusal-missing_argument = `/{ $command }` needs more: { $argument }.
refusal-missing_argument-next = Write `{ $usage }`; `/help { $command }` has an example.
refusal-too_many_arguments = “{ $extra }” is too much for `/{ $command }`.
refusal-too_many_arguments-next = Write `{ $usage }`; `/help { $command }` has an example.
refusal-unknown_app = There is no app “{ $app }”.
refusal-unknown_app-next = The apps: { $known }.
refusal-which_app = There are several apps. Which one do you mean?
refusal-which_app-next = Add one of them to the line: { $known }.
refusal-unknown_environment = There is no environment “{ $environment }” in { $app }.
refusal-unknown_environment-next = The environments: { $known }.
refusal-no_later_environment = { $app } has only one environment, so there is nowhere to promote to.
refusal-no_later_environment-next = Add another environment to its config, below the first.
refusal-nothing_waits = Nothing waits for that: { $action }.
refusal-nothing_waits-next = `/status` shows what is under way, `/why ENVIRONMENT` what it waits for.
refusal-which_deployment = Several deployments wait for that. Which one do you mean?
refusal-which_deployment-next = Add the environment to the line: { $known }.
refusal-image_not_pinned = The image { $image } is not pinned: what its tag means can change.
refusal-image_not_pinned-next = Name it by its digest: registry/name@sha256: and 64 hex digits.
refusal-version_taken = { $version } is registered already, with another image. A version never changes.
refusal-version_taken-next = Choose a new version.
refusal-bad_version = “{ $version }” cannot be a version.
refusal-bad_version-next = Use letters, digits and . _ + - (at most 60 characters, the first a letter or a digit).
refusal-reason_missing = A reason is missing.
refusal-reason_missing-next = Write it at the end of the line: others will read it.
refusal-no_such_button = No card has the button “{ $label }” now.
refusal-no_such_button-next = { $count ->
    [0] There is nothing to press now. `/status` shows what is under way.
   *[other] What can be pressed: { $known }.
}
refusal-button_gone = “{ $label }” cannot be pressed any more: its card has changed.
refusal-button_gone-next = Look at the card as it is now; `/status` shows what is under way.
refusal-try_again = The database is busy. Nothing was done.
refusal-try_again-next = Try again in a moment.
refusal-out_of_order = Shipgate cannot write to its database, so nothing was done: { $note }
refusal-out_of_order-next = What is under way stands still until it can. Look at the disk and the log of Shipgate.
refusal-unknown_help = There is no command `/{ $command }`, so there is no help for it.
refusal-unknown_help-next = { $near ->
    [yes] Did you mean `/help { $nearest }`? `/help` lists them all.
   *[no] `/help` lists them all.
}
refusal-bad_span = “{ $typed }” is not a length of time.
refusal-bad_span-next = Write it like 30s, 5m, 2h or 1h30m.
