# Every word that a person reads, in English. The keys and their arguments are the same in every language.
# Names of arguments that say what they hold (moments, spans, stable words) are listed in src/words/mod.rs.

## words: times, spans, lists

list-separator = {", "}
time = { $clock } { $weekday } { $day } { $month }
time-with-year = { $clock } { $weekday } { $day } { $month } { $year }
time-with-zone = { $time }, { $zone }
time-to-come = { $time }, { $what }
time-left = in { $span }
time-any-moment = any moment
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
phase-halted = Halted half-way
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
action-snooze = Snooze
action-override = Override
permission-deploy = deploy to the first environment
permission-promote = promote to a later environment
permission-release = register releases
permission-rollback = roll back
permission-approve = approve or reject
permission-override = override gates
permission-lock = lock environments
permission-halt = halt everything or let it go on
permission-quarantine = lift quarantines
argument-environment = ENVIRONMENT
argument-app = APP
argument-version = VERSION
argument-image = IMAGE@sha256:…
argument-gate = GATE
argument-reason = reason
argument-again = again
argument-next = next
argument-lasting = for 2h
argument-command = COMMAND

## card: the deployment

card-title = { $app } { $version } → { $environment } · { $status }
card-title-back = { $app } back to { $version } in { $environment } · { $status }
card-title-hotfix = Hotfix { $app } { $version } → { $environment } · { $status }
card-release = Release
card-commit = commit { $commit }
card-in-place-of = in place of { $version }
card-one-way = ⚠ no way back past { $versions }
card-passed-over = { $count ->
    [one] The image of { $gone } is
   *[other] The images of { $gone } are
} gone from the registry, so the next good release comes instead: { $version }.
card-notes = Notes
card-asked = Requested
card-asked-by = by { $name } at { $at }
card-reason = Reason
card-lock = Locked
card-lock-holds = the rollout waits until it is lifted
card-locked-by = by { $name }: { $reason }
card-locked-by-itself = by { $name }, until people have decided about { $reason }
card-reserved-for = reserved for { $name }, who is next
card-halt = Everything is halted
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
card-snoozed = The snooze by { $name } ends
card-trouble-again = { $trouble }. Trying again.
card-nothing-known = an unknown release
card-footer = requested by { $name } · #{ $id } · ledger { $mark }
card-image = Image
card-progress = { $done } of { $of } { $what }
card-opens = opens { $what }
card-more = … and { $n } more

## card: what is going on, and what to do

now-queued = Asking what runs in { $environment } now. Nothing is touched yet.
now-queued-behind = It waits for the deployment of { $version } to { $environment } to end. Nothing is touched yet.
now-entering = It starts by itself once every gate before the rollout is open. Nothing is touched yet.
now-entering-halted = Everything is halted, so the rollout does not start. Nothing is touched yet.
now-entering-barred = { $version } is barred, so the rollout does not start and nobody is asked. Lift that or abort this. Nothing is touched yet.
now-asking = Only people are missing now ({ $people }). Nothing is touched before they decide.
now-rolling-out = { $version } takes the place of { $from }, machine by machine.
now-rolling-out-at-once = { $version } takes the place of { $from } on all machines at once.
now-rolling-out-back-at-once = All machines go back to { $version } at once.
now-rolling-out-canary = An extra machine tries { $version } first. If it is well, { $version } takes the place of { $from }, machine by machine.
now-rolling-out-back-canary = An extra machine tries { $version } first. If it is well, the machines go back to { $version }, one by one.
now-rolling-out-bluegreen = New machines with { $version } are started beside those with { $from }. Once all are well, they take over together.
now-rolling-out-back-bluegreen = It goes back to { $version }: new machines with it are started beside the others. Once all are well, they take over together.
now-halted = The rollout of { $version } was halted between two machines. Those that are done run it, the others still run { $from }. It goes on by itself when the halt ends; Roll back works now too.
now-halted-bluegreen = The rollout of { $version } was halted before its machines took over; { $from } still runs everywhere. It goes on by itself when the halt ends; Roll back works now too.
now-rolling-out-back = The machines go back to { $version }, one by one.
now-settling = Nobody knows whether the last step worked, so it is being looked up before anything else is done.
now-verifying = Every machine runs { $version }. Now it must pass the gates after the rollout.
now-watching = { $version } runs everywhere and has passed its gates. If a rule breaks now, { $environment } goes back to { $from } by itself.
now-watching-one-way = { $version } runs everywhere and has passed its gates. If a rule breaks now, people are called.
now-one-way = ⚠ There is no way back past { $versions }. If this fails, or somebody rolls it back, { $environment } is not put back by itself: it is locked, and people decide.
now-undecided-keep = The samples do not suffice to judge { $version }. { $people } must decide until { $until }: Keep or Roll back. If nobody does, { $version } stays, without counting as a success.
now-undecided-back = The samples do not suffice to judge { $version }. { $people } must decide until { $until }: Keep or Roll back. If nobody does, it goes back to { $from }.
now-undecided-stuck = The samples do not suffice to judge { $version }. { $people } must decide until { $until }: Keep or Roll back. If nobody does, { $environment } is locked until people have decided.
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
next-rolled-back-fields = { $version } is barred from every environment. Fix it and release a new version; or, if the fault was elsewhere, lift it with `/unquarantine`, which asks for the version and a reason.
next-failed = Put right what is said above, then ask for it again.
next-needs-people = Look at each machine below. Then press Go back anyway to put the machines back to { $back }, or Keep to leave them as they are.
next-needs-people-keep = Look at each machine below. It is not known what to put them back to: `/rollback { $environment }` takes the last good release, and Keep leaves them as they are.
next-needs-people-keep-fields = Look at each machine below. It is not known what to put them back to: `/rollback` in { $environment } takes the last good release, and Keep leaves them as they are.

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
cause-nothing-to-update = The target has no machine to update. Create its machines first (with `fly deploy`, once), then ask again.
cause-nothing-to-go-back-to = { $count ->
    [one] The image of { $gone } is
   *[other] The images of { $gone } are
} gone from the registry, and there is no other good release to go back to. { $count ->
    [one] Push it again
   *[other] Push one of them again
}, or fix it with a new release.
cause-image-gone = The image of { $version } is gone from the registry, so { $environment } cannot go back to it. Push it again, or let `/rollback { $environment }` choose: it takes the newest good release whose image is there.
cause-image-gone-fields = The image of { $version } is gone from the registry, so { $environment } cannot go back to it. Push it again, or let `/rollback` choose, without a version: it takes the newest good release whose image is there.
cause-environment-gone = The environment is not in the config any more.
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
button-snooze = Snooze
button-roll-back = Roll back
button-promote = Promote
button-keep = Keep
button-resume = Resume
button-next = Be next
button-unlock = Unlock
button-go-back-anyway = Go back anyway
button-which = { $button }: { $which }

## card: gates, machines, watch

gate-waiting = not yet
gate-running = being checked
gate-passed = passed
gate-failed = failed
gate-skipped = not asked
gate-overridden = overridden
gate-overridden-by = { $said }
gate-override-asked = override asked for by { $said } ({ $missing ->
    [1] one more person is needed
   *[other] { $missing } more people are needed
})
gate-later = later
gate-check-planned = { $times } in a row, within { $span }
gate-asked-last = { $group } will be asked once nothing else is missing
group-everyone = anyone
group-may-override = somebody else who may override
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
gate-confirm-given = ticked by { $names } at { $at }
gate-window = open { $days } { $from }–{ $to } ({ $zone })
gate-window-day = open { $days }, all day ({ $zone })
gate-windows = open at { $count } times of the week
gate-freeze = nothing starts from { $from } to { $to } ({ $zone }){ $more ->
    [yes] , where another freeze follows
   *[no] {""}
}
gate-freeze-week = nothing starts { $days } { $from }–{ $to } ({ $zone }){ $more ->
    [yes] , where another freeze follows
   *[no] {""}
}
gate-freeze-week-day = nothing starts { $days }, all day ({ $zone }){ $more ->
    [yes] , where another freeze follows
   *[no] {""}
}
gate-freeze-none = no freeze in sight
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
stage-trying = tries { $version } first
stage-leaving = stays until another machine has taken over
stage-retired = out of rotation, kept until the next deployment
stage-removed = removed

watch-name = watch
watch-planned = for { $span }, going back by itself: { $rules }
watch-planned-one-way = for { $span }, calling people if a rule breaks: { $rules }
watch-passed = passed for { $span }: { $rules }
watch-ends = The watch ends
watch-decide-within = The time to decide ends
watch-rule-fails = { $then ->
    [people] calls people
   *[back] rolls back
} after { $fails } failures in a row
watch-rule-above = { $then ->
    [people] calls people
   *[back] rolls back
} above { $bound } for { $span }
watch-rule-below = { $then ->
    [people] calls people
   *[back] rolls back
} below { $bound } for { $span }
watch-fails-now = { $n } in a row now
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
answer-goes-back = { $environment } goes back from { $version } now
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
done-snooze = You snoozed { $version } for { $environment } until { $until }.
done-snooze-over = { $version } in { $environment } waits for nobody any more, so there is nothing to snooze.
done-override = Your word to override a gate of { $version } in { $environment } is in, with your reason. It is announced.
done-halt = Everything is halted until somebody resumes: { $reason }
done-halt-until-next = The words “for …” at the end of your line were read as that end. `/halt` again gives it another reason or end.
done-next = You are next. You are told when it is free, and it is kept for you for 10 minutes then.
done-next-later = You are { $place ->
    [2] 2nd
    [3] 3rd
   *[other] { $place }th
} in line, after { $name }. You are told when it is your turn, and it is kept for you for 10 minutes then.
done-halt-until = Everything is halted until { $until }: { $reason }
done-resume = Everything may go on.
done-resume-next = What waited goes on by itself as soon as its other gates are open.
done-keep-as-is = You left { $environment } as it is. `/status` shows what runs there once its target has answered.
done-unlock = { $environment } is unlocked.
done-unlock-again = That lock on { $environment } is lifted. { $name } holds it again: { $reason }
done-unlock-next = That lock on { $environment } is lifted. It is reserved for { $name } now, who asked to be next.
done-unquarantine = { $version } may be released again.
done-because = Others read: { $because }

history-title = History of { $app }
history-title-in = History of { $app } in { $environment }
history-empty = Nothing was deployed yet. `/deploy` begins.
history-line = { $version } → { $environment }
history-line-back = { $version } → { $environment } (back)
history-took = took { $span }
history-zone = times in { $zone }
history-foot = `/history ENVIRONMENT APP` says why each ended so.
history-foot-fields = `/history` with the fields `environment` and `app` says why each ended so.
history-title-all = What was deployed last in { $n } apps
history-title-all-in = What was deployed last in { $environment } of { $n } apps

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
status-locked-until = until { $until }
status-url = Address
status-brief = { $version } { $status }
status-brief-locked = locked by { $name }
status-brief-queued = { $version } waits behind it
status-brief-trouble = trouble
status-brief-matters = ({ $matters })
status-foot = `/status APP` shows all there is to say of one app.
status-foot-fields = `/status` with the field `app` shows all there is to say of one app.

why-title = What { $app } in { $environment } waits for
plan-title = What { $app } { $version } → { $environment } would do
plan-means = This only looks. Nothing was asked for, and nothing happens by it.
plan-target = Target
plan-machines = { $n ->
    [1] 1 machine
   *[other] { $n } machines
}, as found { $at }
plan-machines-unknown = not asked yet; they are asked when it begins
plan-falls-back = If it fails
plan-one-way = it cannot go back by itself: a release on the way is one-way. People decide then.
plan-back-to = it goes back to { $version } by itself
plan-back-as-found = the machines get back what they ran
plan-already = { $version } runs there already: asking for it is refused, unless `again` stands at the end
plan-already-fields = { $version } runs there already: asking for it is refused, unless the field `again` is set to True
plan-behind = { $version } is going out: it would wait for that
plan-replaces = { $version } waits and has touched nothing: it would take its place
plan-may-not = you could not ask for it: that takes the right to { $permission }
why-standing = { $environment } now
why-no-candidate = Nothing is under way, and there is no release that could come to { $environment } next.
why-up-to-date = Nothing is under way: { $environment } runs { $version }, the newest that could come here.
why-ready = Nothing is under way. { $version } could come to { $environment } now.
why-held = Nothing is under way. { $version } could come to { $environment }, but for what is listed here.
why-obstacles = In the way
why-barred = Barred releases
why-barred-in = rolled back in { $environment } at { $at }
why-can = What you can do
why-passes = passes { $until } at the earliest
why-asked = people are asked { $until } at the earliest
remedy-about-release = a deployment
remedy-about-lock = the lock
remedy-about-app-lock = the app's lock
remedy-about-halt = the halt
remedy-approve = approve it: `{ $typed }`
remedy-confirm = tick it: `{ $typed }`
remedy-override = pass it over, with a reason: `{ $typed }`
remedy-abort = stop it: `{ $typed }`
remedy-rollback = go back: `{ $typed }`
remedy-keep = keep what runs: press Keep on its card
remedy-unlock = lift it: `{ $typed }`
remedy-next = be next: `{ $typed }`
remedy-next-done = you are in line to be next
remedy-take = take it, it is kept for you: `{ $typed }`
remedy-resume = let everything go on: `{ $typed }`
remedy-deploy = ask for it: `{ $typed }`
remedy-hotfix = send it out of order, with a reason: `{ $typed }`
remedy-unquarantine = let it out again: `{ $typed }`
remedy-wait = only wait: it opens by itself { $until }
remedy-no = { $what } { $said }
remedy-wait-check = only wait: it is asked by itself
remedy-wait-hotfix = somebody else who may override must agree to it
remedy-rollback-no = Go back anyway is refused: { $what } { $said }

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
smoke-sentence-failed-fields = { $passed } of { $n } passed, { $failed } failed, { $unknown } gave no answer. Nothing was changed; `/history` of { $environment } shows what was released last, and `/rollback` there goes back.
smoke-footer = requested by { $name } · #{ $id }
halt-title = Everything is halted
halt-title-over = The halt is over
halt-means = No new rollout starts. One under way finishes its present machine and waits. Checks, watches and rollbacks go on.
halt-over = Everything may go on.
halt-by = Halted
halt-lifted = Lifted
halt-lifted-by-clock = by itself, { $at }
halt-held = Waits for it
halt-ends = It ends by itself
halt-endless = It holds until somebody resumes.
halt-footer = halt #{ $id }
lock-place = { $environment } of { $app }
lock-place-app = all of { $app }
lock-title = { $place } is locked
lock-title-reserved = { $place } is reserved for { $name }
lock-title-over = The lock on { $place } is over
lock-means = Only { $name } can start anything there. Rolling back always works.
lock-reserved = It is free, and reserved for { $name } for a moment. Take it with `/lock { $typed } reason`; after that it is the turn of whoever is next.
lock-reserved-fields = It is free, and reserved for { $name } for a moment. Take it with `/lock` of { $typed }, which asks for a reason; after that it is the turn of whoever is next.
lock-over = Anybody who may can start something there again.
lock-by = Locked
lock-next = Next
lock-endless = It holds until somebody unlocks it.
lock-footer = lock #{ $id }

say-asked = { $app } { $version } → { $environment } waits for you: { $what }. { $name } asked for it.
say-asked-again = { $app } { $version } → { $environment } waits for you again: an approval has expired, or something else was in the way meanwhile. Missing: { $what }. { $name } asked for it.
say-reminded = { $app } { $version } → { $environment } still waits for you: { $what }. Snoozed by { $name } at { $at }.
say-reminded-undecided = { $app } { $version } → { $environment } still waits for your word: decide until { $until }: Keep or Roll back. Snoozed by { $name } at { $at }.
say-overridden = { $by } overrode “{ $gate }” of { $app } { $version } → { $environment }: { $reason }
say-override-asked = { $by } wants to override “{ $gate }” of { $app } { $version } → { $environment }: “{ $reason }”. It takes { $missing ->
    [1] one more person
   *[other] { $missing } more people
}: `/override`.
say-hotfix = { $name } asked for a hotfix: { $app } { $version } → { $environment }, without soak, window or success in the environment before: { $what }
say-halted = The rollout of { $app } { $version } → { $environment } waits half-way: everything is halted { $what }
say-goes-on = The halt is over: the rollout of { $app } { $version } → { $environment } goes on.
say-resumed = The time of the halt is over{ $again ->
    [yes] , and everything is halted by another one now
   *[no] , everything may go on
}. It was: { $reason }
say-resumed-by = { $name } lifted the halt{ $again ->
    [yes] , and everything is halted by another one now
   *[no] , everything may go on
}. It was: { $reason }
say-halt-reminded = Everything is still halted, since { $at }: “{ $reason }”. Lift it with `/resume`, or `/halt` again to give it another end.
say-lock-wanted = { $by } wants { $place } next, when you are done with it.
say-lock-reminded = Your lock on { $place } ends { $until }: “{ $reason }”. `/lock { $typed }` again gives it another end.
say-lock-reminded-fields = Your lock on { $place } ends { $until }: “{ $reason }”. `/lock` of { $typed } again gives it another end.
say-lock-reserved = { $place } is free and reserved for { $name } until { $until }: take it with `/lock { $typed } reason`.
say-lock-reserved-fields = { $place } is free and reserved for { $name } until { $until }: take it with `/lock` of { $typed }, which asks for a reason.
say-unlocked-by = { $by } lifted the lock on { $place }. It was: { $reason }
say-not-taken = { $name } did not take { $place } in time, so it is free.
say-unlocked = The time of the lock on { $place } is over. It was: { $reason }
say-undecided = { $app } { $version } → { $environment }: the samples of { $rules } do not suffice. Decide until { $until }: Keep or Roll back.
say-passed-over = { $app } in { $environment }: { $count ->
    [one] the image of { $gone } is
   *[other] the images of { $gone } are
} gone from the registry, so it goes back to { $version }.
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

no-first = { $name } was first: { $action }.
no-code = code for questions about this: { $code }
card-thread = { $app } { $version } → { $environment }
choice-age = { $span } ago
choice-runs = runs in { $environments }

## card: the lines of a deployment's thread

detail-requested = { $name } asked to take { $version } to { $environment }{ $given ->
    [yes] : { $reason }
   *[no] .
}
detail-requested-back = { $name } asked to go back to { $version } in { $environment }{ $given ->
    [yes] : { $reason }
   *[no] .
}
detail-dequeued = Its turn has come.
detail-looked = Found running: { $version }, on { $n ->
    [one] { $n } machine
   *[other] { $n } machines
}.
detail-looked-mixed = Found running: { $n ->
    [0] no machine at all
    [one] { $n } machine with an unknown release
   *[other] { $n } machines that do not run one known release
}.
detail-passed-over = { $count ->
    [one] The image of { $versions } is
   *[other] The images of { $versions } are
} gone from the registry, so it goes back to { $version } instead.
detail-planned = The plan is fixed. If something goes wrong, { $environment } goes back to { $from }.
detail-planned-alone = The plan is fixed. Nothing known runs in { $environment }, so if something goes wrong, its machines are put back as they were recorded.
detail-asked = People were called: { $gates }.
detail-interrupted = Something else is in the way again. People are called once more when it is gone.
detail-snoozed = { $name } snoozed it until { $until }.
detail-reminded = The snooze is over, people were called again: { $gates }.
detail-overridden = { $name } overrode “{ $gate }”: { $reason }
detail-halted = Everything is halted: the machine under way is done, the next one waits.
detail-goes-on = The halt is over, the rollout of { $version } goes on.
detail-reminded-undecided = The snooze is over, people were called again to decide.
detail-approved = { $name } approved “{ $gate }”.
detail-confirmed = { $name } ticked “{ $gate }”.
detail-gate-answer = Gate “{ $name }”, answer { $round }: { $verdict } ({ $said }).
detail-rule-answer = Rule “{ $name }”, sample { $round }: { $verdict } ({ $said }).
detail-beyond = beyond its bound of { $bound }
detail-gate-passed = The gate “{ $gate }” passed.
detail-rollout = The rollout of { $version } begins.
detail-rolled-out = Every machine runs { $version }, verified.
detail-restored = Every machine runs { $from } again, verified.
detail-restored-alone = Every machine is as it was recorded, verified.
detail-unknown = Nobody knows whether that worked, so the target is asked what runs: { $said }.
detail-late = An answer came too late, and changes nothing.
detail-machine = – { $machine }: { $said }
detail-verifying = The gates after the rollout are asked now.
detail-watch = The watch begins, for { $span }: { $rules }.
detail-undecided = The watch cannot tell: the samples of { $rules } do not suffice. People may decide until { $until }.
detail-going-back = { $environment } goes back to { $from }. { $what }
detail-going-back-alone = The machines of { $environment } are put back as they were recorded. { $what }
detail-closed = It has ended: { $status }. { $what }
detail-unstuck = It is settled what becomes of it, and the environment is free again.

## card: the files of a deployment that is over

report-title = Report: { $what }
report-is-here = { $what } is over. The report has everything that was recorded of it.
report-times = From { $from } to { $to }, all times in { $zone }.
report-plan = Plan
report-happened = What happened
report-ledger = Ledger { $mark } at { $time }; this deployment is in its entries { $first } to { $last }.
report-rule = Samples of “{ $name }”
report-window = Asked every { $every_span }; { $what }. { $n ->
    [one] One sample
   *[other] { $n } samples
}, { $bad ->
    [0] none of them bad
   *[other] { $bad } of them bad
}, from { $from } to { $to }.
report-column-time = Time
report-column-value = Value
report-column-verdict = Verdict
report-column-said = What it said
report-bad = bad
report-cut = The rest is left out: a report holds at most { $most } KiB. All of it is in the ledger.
chart-says = “{ $name }” over time: { $n } samples from { $from } to { $to }, values between { $low } and { $high }; { $what }. { $bad ->
    [0] None was bad.
    [one] One was bad, at { $first }.
   *[other] { $bad } were bad, from { $first } to { $last }.
}
chart-no-bound = no bound
chart-bound-above = bad above { $bound }
chart-bound-below = bad below { $bound }

## card: help

help-title = What you can type
help-title-one = /{ $command }: { $line }
help-head = Apps and environments can stand in any order. With one app, the app is never asked for.
help-head-fields = Type `/` and choose a command; each field is asked for by its name. With one app, the app is never asked for.
help-foot = `/help deploy` shows one command with its arguments and an example.
help-foot-fields = `/help` with a command shows its fields.
help-example = Example
help-needs = Needs
help-permission = the right to { $permission } (`{ $word }` in the config)

command-deploy-name = deploy
command-deploy = release to an environment
command-deploy-help = Takes a release to the first environment: the newest, or the one you name. To a later environment it goes as /promote does. `again` does it though that release runs already.
command-deploy-example = /deploy staging v2
command-promote-name = promote
command-promote = take what succeeded on to the next environment
command-promote-help = Takes the release that succeeded in the environment before to the one you name; without a name, to the one after the first. The same image goes on; nothing is built again.
command-promote-example = /promote production
command-rollback-name = rollback
command-rollback = go back to the last good release
command-rollback-help = What is under way goes back; otherwise the last good release comes again, or the one you name. No gate before it, no lock and no approval holds it. The release it leaves is barred.
command-rollback-example = /rollback production v1 errors since noon
command-smoke-name = smoke
command-smoke = run an environment's http checks once
command-smoke-help = Asks each http check of the environment once and shows the answers. Nothing is changed.
command-smoke-example = /smoke staging
command-status-name = status
command-status = what runs where, and what is under way
command-status-help = Shows every environment of one app, or a line for each app.
command-status-example = /status
command-why-name = why
command-why = what an environment waits for
command-why-help = Shows each gate: passed, failed, or waiting for whom and until when; and what else is in the way, with what to do about it.
command-why-example = /why production
command-plan-name = plan
command-plan = what a deployment would do, without doing it
command-plan-help = What runs now and what would, on which machines, with each gate as it stands now, who would be asked, the watch, what it goes back to, and what is in the way. Nothing is changed.
command-plan-example = /plan production v2
command-history-name = history
command-history = what was released, newest first
command-history-help = Shows the deployments of an app, or of one environment: how each ended, when, who asked for it, and why it failed.
command-history-example = /history production
command-release-name = release
command-release = register a release
command-release-help = Registers a version of an app. The image must be pinned by its digest, so that every environment gets the same bytes.
command-release-example = /release v5 registry.fly.io/hello@sha256:0f3a… (64 digits)
command-approve-name = approve
command-approve = say yes to what waits for approval
command-approve-help = Approves the deployment that waits. With several gates, name the one you mean. The button does the same.
command-approve-example = /approve production
command-reject-name = reject
command-reject = say no to what waits for approval
command-reject-help = Rejects the deployment that waits; nothing is touched. A reason helps the one who asked.
command-reject-example = /reject production not before the sale ends
command-confirm-name = confirm
command-confirm = tick an item of the checklist
command-confirm-help = Ticks an item that the deployment under way waits for. The button does the same.
command-confirm-example = /confirm release notes written
command-abort-name = abort
command-abort = stop what is under way
command-abort-help = Stops the deployment under way. Before the rollout nothing is touched; after that, what was touched goes back. The one who asked may, and who may roll back.
command-abort-example = /abort staging wrong version
command-snooze-name = snooze
command-snooze = put off what waits for people, for half an hour or as long as you say
command-snooze-help = Decides nothing: those who are awaited are called again when the time is over (from 1m to 24h). After a watch that cannot tell, they then have their whole time to decide. Those who are asked may, the one who asked, and who may roll back. The button does the same.
command-snooze-example = /snooze production for 2h
command-override-name = override
command-override = pass a gate by word, for a reason that others read
command-override-help = Passes over a gate that is still open, before or after a rollout. It is announced and stays in the ledger, and holds for this deployment only. No lock, halt or quarantine is passed by it. Where the config asks for several people, each of them says it. A name of several words may be quoted.
command-override-example = /override approval production nobody else is awake and checkout is down
command-hotfix-name = hotfix
command-hotfix = release out of order: no soak, no window, no environment before it
command-hotfix-help = Takes a release straight to an environment, past soaks, windows and the environments before it, for a reason that others read. Approvals, checks and the watch stay. It takes the right to override; where the config asks for several people, the others say `/override hotfix`.
command-hotfix-help-fields = Takes a release straight to an environment, past soaks, windows and the environments before it, for a reason that others read. Approvals, checks and the watch stay. It takes the right to override; where the config asks for several people, the others say `/override` with `hotfix` in the field `gate`.
command-hotfix-example = /hotfix production v1.4.1 checkout is down
command-halt-name = halt
command-halt = stop everything: no new rollout starts
command-halt-help = A rollout under way finishes its present machine and waits. Checks, watches and rollbacks go on. It ends when somebody resumes, or by itself when you say for how long; you are reminded of it.
command-halt-example = /halt the payment provider is down for 2h
command-resume-name = resume
command-resume = lift the halt
command-resume-help = Everything may go on. Your own halt always; another's takes the right to halt.
command-resume-example = /resume
command-lock-name = lock
command-lock = hold an environment
command-lock-help = Nobody but you can start a deployment there until you unlock it or the time is over. Rolling back always works. Others read the reason. While another holds it, end the line with `next` to be told when it is free.
command-lock-help-fields = Nobody but you can start a deployment there until you unlock it or the time is over. Rolling back always works. Others read the reason. While another holds it, set the field `next` to True to be told when it is free.
command-lock-example = /lock production database work for 2h
command-unlock-name = unlock
command-unlock = let go of an environment
command-unlock-help = Lifts your own lock; another's needs the right to lock.
command-unlock-example = /unlock production
command-unquarantine-name = unquarantine
command-unquarantine = let a barred release out again
command-unquarantine-help = What was rolled back is barred from every environment. This lifts it, for a reason that others read.
command-unquarantine-example = /unquarantine v3 the database was down, not the release
command-help-name = help
command-help = this list, or one command
command-help-help = Shows every command, or one with its arguments and an example.
command-help-example = /help deploy

## commands: the fields that are filled in one by one

field-all = all
field-environment = environment
field-environment-about = which environment
field-app = app
field-app-about = which app
field-version = version
field-version-about = which release
field-version-new-about = what to call it, such as v1.4.0
field-image = image
field-image-about = the image with its digest: registry.fly.io/hello@sha256:…
field-gate = gate
field-gate-about = which gate or item
field-reason = reason
field-reason-about = why; others will read it
field-again = again
field-again-about = do it though that release runs already
field-next = next
field-next-about = ask to be next if another holds it
field-lasting = lasting
field-lasting-about = for how long, such as 2h or 30m
field-command = command
field-command-about = which command

## refusals: the core

refusal-not_permitted = You may not { $permission }.
refusal-not_permitted-next = Ask somebody who may. Whoever keeps the config grants it with `{ $word }` under [permissions].
refusal-not_in_group = “{ $gate }” is for { $group } to decide, and you are not one of them.
refusal-not_in_group-next = Ask somebody of { $group }.
refusal-unknown_version = There is no version { $version }.
refusal-unknown_version-next = { $count ->
    [0] No release is registered yet: use `/release`, or let the CI do it.
   *[other] { $near ->
        [yes] Did you mean { $nearest }? The newest there are: { $known }. A new one is registered with `/release`.
       *[no] The newest there are: { $known }. A new one is registered with `/release`.
    }
}
refusal-no_releases = No release is registered yet, so there is nothing to deploy.
refusal-no_releases-next = Register one with `/release VERSION IMAGE@sha256:…`, or let the CI do it.
refusal-no_releases-next-fields = Register one with `/release`, which asks for the version and the image, or let the CI do it.
refusal-no_evidence = { $named ->
    [yes] { $version } has not succeeded in { $before } yet.
   *[no] No release has succeeded in { $before } yet.
}
refusal-no_evidence-next = Take it to { $before } first. When it succeeds there, promote it.
refusal-quarantined = { $same ->
    [no] { $asked } has the same image as { $version }, and that is
   *[yes] { $version } is
} barred from every environment: it was rolled back in { $environment } at { $at }.
refusal-quarantined-next = Release a new version. If the fault was elsewhere: `/unquarantine { $version } reason`.
refusal-quarantined-next-fields = Release a new version. If the fault was elsewhere, lift it with `/unquarantine`, which asks for the version and a reason.
refusal-already_running = { $version } runs there already.
refusal-already_running-next = To do it all the same, put `again` at the end.
refusal-already_running-next-fields = Use `/deploy` or `/promote` with the field `again` set to True to do it all the same.
refusal-nothing_to_go_back_to = There is no earlier good release to go back to.
refusal-nothing_to_go_back_to-next = Fix it with a new release. `/history` shows what ran, and `/unquarantine` lets a barred release out again.
refusal-never_good_here = { $version } has never succeeded here, so it is nothing to go back to.
refusal-never_good_here-next = Roll back without a version to go to the last good release, or release { $version } in the usual way with `/deploy` or `/promote`.
refusal-under_way = { $back ->
    [yes] This environment is going back to { $version } right now.
   *[no] { $version } is going out right now; going back from it goes to what ran before it.
}
refusal-under_way-next = { $back ->
    [yes] Wait until its card says that it is there, then ask again.
   *[no] Use `/rollback` without a version, or wait until it has ended.
}
refusal-locked = { $named ->
    [yes] { $owner } holds this environment{ $expires ->
        [yes] {" "}until { $expires_at }
       *[no] {""}
    }: { $reason }
   *[no] Shipgate holds this environment until somebody decides about { $reason }, which left it in a state that only people can judge.
}
refusal-locked-next = { $named ->
    [yes] Ask { $owner }, or `/unlock` it if you may. `/rollback` works all the same.
   *[no] Press Keep or Go back anyway on the card that needs people, or `/unlock` it if you may.
}
refusal-reserved = This is reserved for { $owner } until { $until }, who asked to be next.
refusal-reserved-next = Wait until then, or ask { $owner }. `/rollback` works all the same.
refusal-halted = { $owner } halted everything{ $expires ->
    [yes] {" "}until { $expires_at }
   *[no] {""}
}: { $reason }
refusal-halted-next = Ask { $owner }, or `/resume` if you may. `/rollback` works all the same.
refusal-not_halted = Nothing is halted, or not by that halt any more.
refusal-not_halted-next = There is nothing to resume. `/status` says when something is halted.
refusal-already_overridden = Your word to override this gate is in already.
refusal-already_overridden-next = It takes another person's `/override` too.
refusal-not_locked = Nobody holds this environment.
refusal-not_locked-next = There is nothing to unlock. `/status` shows what is locked.
refusal-whole_app_locked = { $owner } holds the whole app, not this environment alone.
refusal-whole_app_locked-next = Ask { $owner }, or `/unlock all` if you may.
refusal-whole_app_locked-next-fields = Ask { $owner }, or `/unlock` the whole app if you may.
refusal-lock_queue_full = { $count } people wait for { $owner } to let go already, and no more can.
refusal-lock_queue_full-next = Ask { $owner }, or try again when it has been handed on. `/rollback` works all the same.
refusal-own_lock = You hold it yourself.
refusal-own_lock-next = There is nothing to wait for.
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
refusal-wrong_phase-next-fields = Its card has the buttons that fit. `/why` says what its environment waits for.
refusal-no_such_gate = { $named ->
    [yes] Nothing called “{ $gate }” waits for that.
   *[no] Nothing waits for that.
}
refusal-no_such_gate-next = { $count ->
    [0] Nothing waits for such a word now. `/why ENVIRONMENT` shows each gate.
   *[other] What waits: { $waiting }.
}
refusal-no_such_gate-next-fields = { $count ->
    [0] Nothing waits for such a word now. `/why` shows each gate of an environment.
   *[other] What waits: { $waiting }.
}
refusal-which_gate = Several gates wait. Which one do you mean?
refusal-which_gate-next = Name it: { $waiting }.
refusal-which_gate-next-fields = Choose one in the field `gate`: { $waiting }.
refusal-not_asked_yet = It is too early: people are asked when nothing else is missing.
refusal-not_asked_yet-next = Still missing: { $missing }. You are called when it is time.
refusal-own_request = You asked for this release yourself, so your own approval does not count.
refusal-own_request-next = Ask somebody else to approve it.
refusal-already_approved = Your word is in already.
refusal-already_approved-next = Nothing more is needed from you. `/why ENVIRONMENT` shows who is still awaited.
refusal-already_approved-next-fields = Nothing more is needed from you. `/why` shows who is still awaited.
refusal-unknown_person = It cannot be told whether { $identity } is another person, so this approval does not count.
refusal-unknown_person-next = Approve from the chat in which it was requested, or have both identities named under [people] in the config.
refusal-no_checks = This environment has no http checks, so there is nothing to smoke test.
refusal-no_checks-next = Add a gate or a watch rule with an http check to its config.
refusal-not_quarantined = { $version } is not barred.
refusal-not_quarantined-next = { $count ->
    [0] No release of this app is.
   *[other] Those that are: { $barred }.
}

## refusals: the service

refusal-unknown_command = There is no command `/{ $typed }`.
refusal-unknown_command-next = { $near ->
    [yes] Did you mean `/{ $nearest }`? `/help` lists them all.
   *[no] `/help` lists them all.
}
refusal-missing_argument = `/{ $command }` needs more: { $argument }.
refusal-missing_argument-next = Write `{ $usage }`; `/help { $command }` has an example.
refusal-missing_argument-next-fields = Type `/{ $command }` again and fill that in: `{ $usage }`.
refusal-too_many_arguments = “{ $extra }” is too much for `/{ $command }`.
refusal-too_many_arguments-next = Write `{ $usage }`; `/help { $command }` has an example.
refusal-too_many_arguments-next-fields = Type `/{ $command }` again and fill in its fields: `{ $usage }`.
refusal-unknown_app = There is no app “{ $app }”.
refusal-unknown_app-next = { $near ->
    [yes] Did you mean “{ $nearest }”? The apps: { $known }.
   *[no] The apps: { $known }.
}
refusal-which_app = There are several apps. Which one do you mean?
refusal-which_app-next = Add one of them to the line: { $known }.
refusal-which_app-next-fields = Choose one in the field `app`: { $known }.
refusal-unknown_environment = There is no environment “{ $environment }” in { $app }.
refusal-unknown_environment-next = { $near ->
    [yes] Did you mean “{ $nearest }”? The environments: { $known }.
   *[no] The environments: { $known }.
}
refusal-no_later_environment = { $app } has only one environment, so there is nowhere to promote to.
refusal-no_later_environment-next = Add another environment to its config, below the first.
refusal-nothing_waits = Nothing waits for that: { $action }.
refusal-nothing_waits-next = `/status` shows what is under way, `/why ENVIRONMENT` what it waits for.
refusal-nothing_waits-next-fields = `/status` shows what is under way, `/why` what it waits for.
refusal-which_deployment = Several deployments wait for that. Which one do you mean?
refusal-which_deployment-next = Add the environment to the line: { $known }.
refusal-which_deployment-next-fields = Choose one in the field `environment`: { $known }.
refusal-image_not_pinned = The image { $image } is not pinned: what its tag means can change.
refusal-image_not_pinned-next = Name it by its digest: registry/name@sha256: and 64 hex digits.
refusal-version_taken = { $version } is registered already, { $differs ->
    [one_way] and whether it is one-way was said otherwise then
   *[image] with another image
}. A version never changes.
refusal-version_taken-next = Choose a new version.
refusal-bad_version = “{ $version }” cannot be a version.
refusal-bad_version-next = Use letters, digits and - _ . only (at most 64 characters, no - at the beginning). Names that begin with `found-` are for what Shipgate finds running.
refusal-reason_missing = A reason is missing.
refusal-reason_missing-next = { $next ->
    [yes] Write it before `next`: others will read it.
   *[no] Write it at the end of the line: others will read it.
}
refusal-reason_missing-next-fields = Fill in the field `reason`: others will read it.
refusal-no_such_button = No card has the button “{ $label }” now.
refusal-no_such_button-next = { $count ->
    [0] There is nothing to press now. `/status` shows what is under way.
   *[other] What can be pressed: { $known }.
}
refusal-button_gone = Something else has come to { $environment } since that card was painted, so the button for { $version } is gone and the press did not count.
refusal-button_gone-next = Look at the card as it is now. To promote { $version } all the same, use `/promote { $next } { $version }`.
refusal-button_gone-next-fields = Look at the card as it is now. To promote { $version } all the same, choose it and { $next } in the fields of `/promote`.
refusal-button_foreign = This button is of a card that Shipgate does not know.
refusal-button_foreign-next = `/status` shows what is under way; its card has the buttons that work.
refusal-other_guild = Shipgate does not work here, only on its own Discord server.
refusal-other_guild-next = Use its commands and buttons there. Its config says which server that is: `guild` under [discord].
refusal-other_workspace = Shipgate does not serve your workspace.
refusal-other_workspace-next = Ask somebody of the workspace that it is installed in.
refusal-groups_unknown = Slack did not say who is in the group that may do this. Nothing was done.
refusal-groups_unknown-next = Try again in a moment. If it stays so, whoever runs Shipgate finds the reason in its log.
refusal-workspace_unknown = Slack did not say which workspace this is, so nobody knows who you are here. Nothing was done.
refusal-workspace_unknown-next = Try again in a moment. If it stays so, whoever runs Shipgate finds the reason in its log.
refusal-form_not_opened = Slack did not open the form for the reason. Nothing was done.
refusal-form_not_opened-next = Press it again, or type the command with the reason: `/help` lists them all.
refusal-try_again = The database is busy. Nothing was done.
refusal-try_again-next = Try again in a moment.
refusal-out_of_order = The database of Shipgate is out of order, so nothing was done.
refusal-out_of_order-next = { $note } What is under way may stand still until that is mended. Look at the database and the log of Shipgate.
refusal-broke = Something broke in Shipgate on the way, so nobody can say here whether it was done.
refusal-broke-next = `/status` shows how things stand. Whoever runs Shipgate finds the reason in its log.
refusal-unknown_help = There is no command `/{ $command }`, so there is no help for it.
refusal-unknown_help-next = { $near ->
    [yes] Did you mean `/help { $nearest }`? `/help` lists them all.
   *[no] `/help` lists them all.
}
refusal-unknown_help-next-fields = { $near ->
    [yes] Did you mean `/help` with `{ $nearest }`? `/help` lists them all.
   *[no] `/help` lists them all.
}
refusal-bad_span = “{ $typed }” is not a length of time.
refusal-bad_span-next = Write it like 30s, 5m, 2h or 1h30m.

## refusals: http

refusal-not_authenticated = The request carries no known token.
refusal-not_authenticated-next = Send `Authorization: Bearer TOKEN` with one of the tokens in SHIPGATE_API_TOKENS.
refusal-no_tokens_set = This Shipgate has no API tokens, so the API lets nobody in.
refusal-no_tokens_set-next = Set SHIPGATE_API_TOKENS to `name=token` pairs, separated by commas, and start Shipgate again.
refusal-no_such_route = There is nothing at this address.
refusal-no_such_route-next = See “JSON API” in the README for the addresses that there are.
refusal-no_such_method = This address does not take that method.
refusal-no_such_method-next = Read with GET, do with POST. See “JSON API” in the README.
refusal-malformed_body = The body of the request could not be read to its end.
refusal-malformed_body-next = Send it again, whole.
refusal-not_json = The body is not JSON: { $reason }
refusal-not_json-next = Send a JSON object. See “JSON API” in the README for its members.
refusal-not_an_object = The body is JSON, but no object.
refusal-not_an_object-next = Send an object, with the members in braces, such as {"{"}"line": "/status"{"}"}. See “JSON API” in the README.
refusal-unknown_member = The body is JSON, but not what is expected here: { $reason }
refusal-unknown_member-next = See “JSON API” in the README for the members and their types.
refusal-body_too_large = The body is longer than { $limit } bytes.
refusal-body_too_large-next = Send less. Long notes belong in the repository.
refusal-body_too_slow = The body did not come within { $seconds } seconds. Nothing was done.
refusal-body_too_slow-next = Send it again, in one go.
refusal-wrong_content_type = The body says that it is “{ $kind }”, and only JSON in UTF-8 is read here.
refusal-wrong_content_type-next = Send JSON, uncompressed, with `Content-Type: application/json`.
refusal-too_long = `{ $member }` is longer than { $limit } characters. Nothing was done.
refusal-too_long-next = Shorten it; what is longer belongs in the repository or an issue, with a link here.
refusal-bad_after = “{ $typed }” is not the number of an event.
refusal-bad_after-next = Give `after` the `seq` of the last event that you have, or 0.
refusal-bad_key = This cannot be an `Idempotency-Key`.
refusal-bad_key-next = Send one such header with 1 to { $limit } plain characters, such as a UUID.
refusal-key_reused = This `Idempotency-Key` was used for another request already. Nothing was done.
refusal-key_reused-next = Use a key of its own for each request; only a repeat carries the same one. Keys are kept for 24 hours.
refusal-too_many_keys = This token has as many requests with an `Idempotency-Key` as are remembered at once, so this one was not carried out.
refusal-too_many_keys-next = There is room again { $until }. Until then send it without the header; then a repeat may do it twice.

## notes: the core

gate-unanswered = nobody answered in time
rollout-incomplete = not every machine runs the release
rollout-unsound = every machine has the release, but not every one is up with it
restore-incomplete = not every machine is known to run what it ran before
restore-too-long = putting the machines back took too long

## notes: checks

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
check-prometheus-settings = The settings of this Prometheus check cannot be used: { $reason }
check-prometheus-no-address = Nothing says where Prometheus is: PROMETHEUS_URL is not set.
check-prometheus-ok = `{ $query }` is { $value_number }.
check-prometheus-above = `{ $query }` is { $value_number }; above { $bound_number } is a fail.
check-prometheus-below = `{ $query }` is { $value_number }; below { $bound_number } is a fail.
check-prometheus-nothing = Prometheus has nothing for `{ $query }`: no such series, or no traffic.
check-prometheus-nan = `{ $query }` is no number now (NaN): nothing divided by nothing, so probably no traffic.
check-prometheus-infinite = `{ $query }` is infinite now: something divided by nothing.
check-prometheus-several = `{ $query }` is { $n } numbers instead of one.
check-prometheus-several-next = Make one of them, for example with sum(…) or max(…).
check-prometheus-no-number = `{ $query }` is a { $kind } instead of a number.
check-prometheus-no-number-next = Ask for one number: a range needs a function such as rate(…), a histogram histogram_quantile(…).
check-prometheus-said = Prometheus does not answer `{ $query }` ({ $status }): { $message }
check-prometheus-said-next = Mend the query if it is that; otherwise look at Prometheus itself.
check-prometheus-status = { $url } answered { $status }, and not as Prometheus does.
check-prometheus-status-next = If it stays so, check the address: PROMETHEUS_URL, or `url` of the check, is what stands before /api/v1/query.
check-prometheus-redirect = { $url } answered { $status }, a redirect. Redirects are not followed.
check-prometheus-redirect-next = Write the address that it leads to, without /api/v1/query, into PROMETHEUS_URL or `url` of the check.
check-prometheus-token = { $url } does not accept PROMETHEUS_TOKEN ({ $status }).
check-prometheus-token-next = Set another token. It is sent as “Bearer …”, unless it names its scheme itself, as “FlyV1 …” does.
check-prometheus-no-token = { $url } wants a token ({ $status }), and PROMETHEUS_TOKEN is not set.
check-prometheus-no-token-next = Put one into PROMETHEUS_TOKEN. It is sent as “Bearer …”, unless it names its scheme itself, as “FlyV1 …” does.
check-prometheus-never-token = { $url } wants a token ({ $status }), and none is sent to an address that the config names.
check-prometheus-never-token-next = Take `url` out of the check, and put the address into PROMETHEUS_URL.
check-prometheus-no-name = { $url } could not be asked: its host name does not resolve from here.
check-prometheus-no-name-next = Check the address, and this machine's network.
check-prometheus-no-network = { $url } could not be asked: the network is out of reach from here.
check-prometheus-no-network-next = Look at this machine's network.
check-prometheus-nobody = { $url } could not be asked: nothing listens there.
check-prometheus-nobody-next = Check the address, and whether Prometheus runs.
check-prometheus-broken = { $url } broke off without a proper answer: { $reason }
check-prometheus-broken-next = Try again; if it stays so, check the address and look at Prometheus itself.
check-prometheus-timeout = { $url } did not answer within { $limit } ms.
check-prometheus-timeout-next = Try again; if it stays so, ask for less, or give the check a longer `timeout`.
check-prometheus-too-large = The answer to `{ $query }` is longer than { $limit } KiB, so it was not read.
check-prometheus-too-large-next = Make one number of it, for example with sum(…) or max(…).
check-prometheus-nonsense = { $url } answered, but not as Prometheus does.
check-prometheus-nonsense-next = Check the address: PROMETHEUS_URL, or `url` of the check, is what stands before /api/v1/query.

## notes: targets

target-kind-unknown = There is no target of the kind `{ $kind }`. Known: { $known }.

## notes: targets/fly

fly-settings-no-table = A fly target is a table: write `target = {"{"} kind = "fly", app = "my-app", strategy = "rolling" {"}"}`.
fly-setting-unknown = A fly target has no setting `{ $key }`. Did you mean `{ $nearest }`?
fly-app-unset = The fly target does not say which app. Add `app = "my-app"`.
fly-app-malformed = `{ $app }` cannot be the name of a fly.io app: only lower-case letters, digits and inner hyphens, at most 63.
fly-strategy-unknown = There is no strategy `{ $strategy }`. Write `strategy = "rolling"`, `"immediate"`, `"canary"` or `"bluegreen"`.
fly-token-missing = There is no token for fly.io. Set `FLY_API_TOKEN` (`fly tokens create deploy` makes one) and start Shipgate again.
fly-token-malformed = `FLY_API_TOKEN` holds characters that no token has. Set it anew, without line breaks, and start Shipgate again.
fly-url-malformed = `{ $url }` is not an address of the Machines API. Check `FLY_FLAPS_BASE_URL`.
fly-client-broken = No connection to fly.io can be set up: { $error }

fly-registry-malformed = `{ $url }` is not the address of a registry. Check `FLY_REGISTRY_HOST`.
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
fly-host-unreachable = The host of machine `{ $machine }` does not answer, so the machine must not be touched. It was last seen `{ $state }` with `{ $digest }`. Wait, or look at it with `fly machine status { $machine }`.
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
fly-changed-by-others = Machine `{ $machine }` was changed by somebody else meanwhile: it is `{ $state }` and runs `{ $digest }`. Shipgate leaves that as it is. Find out who deploys there (`fly releases`), and let only one tool do it.
fly-unsettled = Machine `{ $machine }` stays `{ $state }`, in between two states. It is left alone until it has come to rest.
fly-not-verified = At the end machine `{ $machine }` does not run the release: it is `{ $state }` and has `{ $digest }`.
fly-stays-down = It is `{ $state }`, and takes the new image when it starts.
fly-mounts = Machine `{ $machine }` has a volume, which belongs to one machine, so with the strategy `{ $strategy }` no other one can be put beside it. Write `strategy = "rolling"` in the config.
fly-no-room-for-more = fly.io has no room for another machine like `{ $machine }`: `{ $error }`. Try again later, or write `strategy = "rolling"`, which needs none. (Request { $request })
fly-not-made = fly.io does not make another machine like `{ $machine }`: `{ $error }`. If that is a limit of the organisation, have it raised; or write `strategy = "rolling"`, which needs no more machines than there are. (Request { $request })
fly-not-removed = Machine `{ $machine }` stands aside and cannot be removed: `{ $error }`. Remove it with `fly machine destroy --force { $machine }`. (Request { $request })
fly-canary-boots = the canary: clients do not reach it yet
fly-canary-well = the canary: it was well
fly-canary-sick = The canary was not well, so no other machine got the release. { $note }
fly-green-sick = A new machine was not well, so none of them took over. { $note }
fly-canary-in-traffic = the canary: clients reach it now
fly-in-place-of = in place of { $machine }
fly-in-place-of-reached = in place of { $machine }; clients reach it now
fly-in-place-of-down = in place of { $machine }, and `{ $state }` as that one was
fly-not-restored = Not everything in `{ $app }` is back as it was. Not restored: { $machines }. Look at each with `fly machine status`.
fly-not-as-before = Machine `{ $machine }` is not as it was: it is `{ $state }` and has `{ $digest }`. Look at it with `fly machine status { $machine }`.

## notes: runner

runner-too-long = No answer came in time. It is tried again, or the target is asked what runs.
runner-broke = Shipgate itself failed during this call. It goes on without the answer; the log has the cause.
runner-stopped = The call was broken off. It is tried again.
runner-fenced = The machines carry attempt { $newer }, which this Shipgate did not make: something else works on them. Find out what, then try again.

## notes: store

store-bad-url = The database address cannot be used: { $reason }. Write it as sqlite:///data/shipgate.db or postgres://shipgate:PASSWORD@db.example.org/shipgate, in DATABASE_URL or under [database] in the config.
store-no-folder = The folder { $path } does not exist, so no database can be made in it. Create the folder, or name another place in DATABASE_URL.
store-read-only = The database { $path } cannot be opened for writing ({ $text }). Nothing was changed. Let Shipgate's user write the file and its folder.
store-not-a-database = { $path } is no database that can be used ({ $text }). Nothing was changed. Name another file, or put a backup in its place.
store-foreign = { $database } is the database of another program. Nothing was changed. Name another one in DATABASE_URL; on a PostgreSQL server another schema will do.
store-newer = { $database } was changed by a newer Shipgate: it needs schema { $needs }, and this program knows up to { $knows }. Nothing was changed. Start the newer program, or put a backup in place.
store-busy = The database was busy for too long, so nothing was changed. Try again in a moment.
store-full = No room is left for the database { $path }. What is written is safe, but nothing new can be written, so Shipgate stops. Make room, then start it again.
store-io = Reading or writing the database { $path } failed ({ $text }). What was committed is safe, and Shipgate stops. Check the disk, then start it again.
store-inconsistent = What is stored contradicts itself ({ $text }). Nothing was changed. Run `shipgate audit verify`, and report this.
store-other = The database refused ({ $text }). Nothing was changed. Try again; if it stays so, report this.
store-server-unreachable = The database server { $server } cannot be reached ({ $text }). Nothing was changed. A running Shipgate goes on by itself once the server is back, so try again in a moment. If it stays so, look at the server, its address, and the way there.
store-server-cut = The connection to the database server { $server } was cut ({ $text }). Nothing was changed. Try again in a moment; Shipgate goes on by itself.
store-server-unknown = The connection to the database server { $server } was cut while something was written down ({ $text }), and the server does not say whether it was. It may have been done: look before you do it again.
store-server-read-only = The database server { $server } takes no writes now: it stands by for another one, or somebody has closed it for writing. Nothing was changed. A running Shipgate goes on by itself once it takes writes again. If it stays so, name the server that does in DATABASE_URL.
store-server-denied = The database server { $server } does not let Shipgate in ({ $text }). Set user and password in DATABASE_URL; what is not a letter or a digit is written there as %XX.
store-server-tls = There is no encrypted connection to the database server { $server } as it must be ({ $text }). Where the server wants one, put `?sslmode=verify-full` behind the address, with `&sslrootcert=FILE` if its certificate comes from an authority of your own; where it has none, `?sslmode=disable`.
store-server-no-database = There is no such database on the server { $server } ({ $text }). Make it with `createdb`, or name another one in DATABASE_URL.
store-server-no-schema = There is no schema in the database { $server } for the tables of Shipgate: none of the user's `search_path` exists. Make one with `CREATE SCHEMA`, or set `search_path`.
store-server-elsewhere = The tables of Shipgate are in the schema { $text } of the database { $server }, and the user's `search_path` has another one before it. Nothing was changed. Put { $text } first in `search_path`, or behind the address: `?options=-csearch_path%3D{ $text }`.
store-server-no-right = Shipgate's user may not do what it must in the database { $server } ({ $text }). Make that user the owner of the tables, and let it make more: `GRANT USAGE, CREATE ON SCHEMA … TO …`.
store-server-gone = The tables of Shipgate are not in the database { $server } any more ({ $text }), so Shipgate stops. Put a backup in place, then start it again.
store-server-too-old = The database server { $server } is PostgreSQL { $text }, and Shipgate needs 13 or newer. Nothing was changed.
store-server-encoding = The database { $server } is made for letters in { $text }, and Shipgate needs UTF8. Nothing was changed. Make one with `createdb --encoding UTF8 --template template0`.
store-server-full = No room is left on the database server { $server } ({ $text }). What is written is safe, but nothing new can be written, so Shipgate stops. Make room, then start it again.
store-server-damaged = The database server { $server } cannot read or write its disk, or what is there is damaged ({ $text }), so Shipgate stops. See to the server, then start it again.
store-newer-attempt = A newer attempt works on this environment, so this one has stopped.
store-no-file = There is no database { $path }. Say which one with DATABASE_URL, or with `url` under `[database]` in the config.

## chat: terminal

terminal-only-for = (only { $name } sees this)
terminal-press = Type { $presses }
terminal-gone = The terminal takes no more text: { $error }

## chat: what they have in common

form-reason = Why?
form-reason-example = What you saw, or what has to be put right
form-reject = Reject
form-back = { $known ->
    [yes] Roll back to { $version }
   *[no] Roll back
}
form-anyway = { $known ->
    [yes] Go back anyway, to { $version }
   *[no] Go back anyway
}
chat-card-moved = This card could not be edited any more. It goes on here, in place of { $link }.
chat-card-first = The message waits for the card that it belongs to
chat-older-card-first = The card waits for an older one that has yet to be posted
chat-pick-confirm = Tick an item…
chat-pick-approve = Approve a gate…

## chat: discord

discord-unreachable = Discord cannot be reached ({ $reason })
discord-token-refused = Discord refuses DISCORD_TOKEN
discord-not-permitted = Discord does not let the bot do this ({ $said }). It needs: { $needs }; `shipgate check` says what is missing where
discord-no-channel = Discord knows no such channel; look at [discord] in the config
discord-too-fast = Discord wants to be asked more slowly
discord-down = Discord answers { $status }
discord-refused = Discord refuses what it was sent ({ $said })

## chat: slack

slack-unreachable = Slack cannot be reached ({ $reason })
slack-token-refused = Slack refuses SLACK_BOT_TOKEN ({ $said })
slack-not-permitted = Slack does not let the bot do this ({ $said }); `shipgate check` says what is missing
slack-no-channel = Slack knows no such channel, or the bot is not in it ({ $said }); look at [slack] in the config
slack-too-fast = Slack wants to be asked more slowly
slack-down = Slack answers { $status }
slack-refused = Slack refuses what it was sent ({ $said })
slack-form-send = Send
slack-form-close = Cancel
slack-form-title = Shipgate

manifest-about = Carries builds from environment to environment, through gates, on people's word.
manifest-one-for-all = any command of Shipgate, also where a name is taken
manifest-one-for-all-hint = deploy staging · status · help
manifest-no-url = The config says [slack] mode = "http": tell where Slack reaches Shipgate with --url https://…, or set mode = "socket".
manifest-needless-url = The config says [slack] mode = "socket", which needs no address: leave --url out, or set mode = "http".

## demo

demo-welcome =
    Shipgate carries a build from environment to environment, through gates, on people's word.
    This is a demo: a simulated fly.io with two apps that really answer. Nothing outside is touched.

      staging     { $staging }
      production  { $production }

    You are ada. `bob: …` speaks as bob; ada and bob may release, eve may not.

      /deploy staging             takes the newest release, v2
      /promote                    takes what succeeded in staging to production
      bob: /press Approve         nobody approves their own request
      /deploy staging v3-broken   fails its gate and is rolled back
      /status   /why production   /help

    API: curl -H "Authorization: Bearer { $token }" http://{ $address }/api/v1/apps/hello
    Control-C ends the demo.

## cli

cli-about = Carries a build from environment to environment, through gates, on people's word, in the chat they already use.
cli-usage = Usage:
cli-options = Options
cli-commands = Commands
cli-help = Shows this help
cli-version = Shows the version
cli-after = Start with `shipgate demo`: it needs no account and no config.
cli-sleep-after = ends when nothing is under way and nobody has asked anything for so long, such as 10m; whoever starts it at the next request lets it sleep
cli-sleep-gateway = --sleep-after does not go with [discord] mode = "gateway": what sleeps has no connection, and no click could wake it. Set mode = "http", or leave the option out.
cli-sleep-socket = --sleep-after does not go with [slack] mode = "socket": what sleeps has no connection, and no click could wake it. Set mode = "http", or leave the option out.
cli-run = Runs the bot
cli-demo = Shows everything, with a simulated fly.io and this terminal as the chat
cli-check = Checks the config and everything it names, and says who may do what
cli-offline = Looks at the file alone: asks nothing outside, and needs no variable
cli-init = Writes a first config: asks a few questions, or takes these options
cli-bad-pair = write the environment, = and its name on fly.io, such as staging=hello-staging
cli-bad-url = write an address that begins with https:// and has no ? or #, such as https://shipgate.example.com
cli-bad-speed = write a number from 0.1 to 1000
cli-bad-idle = write a length of time from 1m to 24h
cli-init-app = What the app is called
cli-init-environments = Its environments, in the order of promotion, with commas [default: staging,production]
cli-init-fly-app = What an environment's app is called on fly.io; once for each [default: APP-ENVIRONMENT, and APP for production]
cli-init-people = Who may release: names, with commas
cli-init-time-zone = In which people read times [default: UTC; Asia/Tokyo with --locale ja]
cli-init-guild = The Discord server to talk in
cli-init-channel = The Discord channel for the cards
cli-init-role = The Discord role of those who may release
cli-init-slack = The Slack channel for the cards
cli-init-group = The Slack user group of those who may release
cli-init-out = Where to write it [default: SHIPGATE_CONFIG, or shipgate.toml]
cli-init-force = Overwrites a file that is there
cli-schema = Prints the JSON Schema of the config, for editors
cli-manifest = Prints what an app of a chat is made from
cli-manifest-slack = Prints a manifest to make the Slack app from, with every command, scope and event
cli-manifest-url = Where Slack reaches Shipgate, such as https://shipgate.example.com: for [slack] mode = "http"
cli-sim = Simulates the platforms that Shipgate releases to
cli-sim-fly = Runs the simulated fly.io alone, on a loopback address
cli-audit = Looks into the ledgers
cli-audit-verify = Verifies every ledger: names each entry that was changed, removed or inserted
cli-config = The config file [default: SHIPGATE_CONFIG, or shipgate.toml]
cli-speed = How many times faster simulated time runs, 0.1 to 1000 [default: 1]
cli-locale = The language: en or ja [default: that of LC_ALL or LANG]
cli-listen = The loopback address to listen on [default: any free port]
cli-no-runtime = The program cannot start its threads: { $reason }. Free memory or raise the limit of processes, and start it again.
cli-sim-failed = The simulated fly.io cannot run: { $reason }
## init: the questions, what comes of them, and the comments of the file

init-welcome = A few questions for a first config. An empty line takes what stands in brackets.
init-ask-app = What is the app called?
init-ask-environments = Its environments, in the order of promotion?
init-ask-fly-app = What is { $environment } called on fly.io?
init-ask-people = Who may release? (names, with commas)
init-ask-time-zone = In which time zone do people read times?
init-ask-guild = The id of your Discord server? (empty: no Discord)
init-ask-channel = The id of the channel for the cards?
init-ask-role = The id of the role of those who may release? (empty: none)
init-ask-slack = The id of the Slack channel for the cards? (empty: no Slack)
init-ask-group = The id of the Slack user group of those who may release? (empty: none)
init-missing = There is no terminal to ask at, so these options are needed: { $options }. See `shipgate init --help`.
init-no-environment = --fly-app names the environment { $name }, which is not one of --environments. Give it there, or leave it out here.
init-fly-app-twice = --fly-app names the environment { $name } twice. Give it once.
init-wrong = These options make no config, so nothing was written.
init-terminal = The questions cannot go on ({ $reason }). Nothing was written. Start again, or answer with options: see `shipgate init --help`.
init-exists = { $path } is there already, and nothing was written. Name another file with --out, or overwrite it with --force.
init-refused = These answers make no config, so nothing was written. The lines are those of the file that they would have made.
init-unwritable = { $path } cannot be written ({ $reason }). Name another place with --out.
init-done = { $path } is written.
init-api = SHIPGATE_API_TOKENS is empty, so nobody can use the API. For each name in [people]: NAME=TOKEN, with commas between them; `openssl rand -hex 24` makes a token.
init-next = Then: `shipgate check --config { $path }`
init-file-head =
    Made by `shipgate init`. Every key there is: `shipgate schema`, or the README. The file is read at start.
    After a change: shipgate check
init-file-top = The zone in which people read times, and the language of channels: "en" or "ja".
init-file-database = Made if absent; DATABASE_URL wins.
init-file-discord = DISCORD_TOKEN opens it. More channels may be added: warnings, incidents, announcements.
init-file-slack = `shipgate manifest slack` prints what its app is made from. More channels may be added: warnings, incidents, announcements.
    Who is to act on Slack needs an identity there in [people], such as "slack:user:U0ADA", or the user group.
init-file-people = One human, several identities. Add theirs on Discord: "discord:user:ID". The tokens of "api:NAME" are in SHIPGATE_API_TOKENS.
init-file-groups = By person, or by what Discord knows: "discord:role:ID".
init-file-permissions = What is done, and who may. "everyone" is built in.
init-file-first = The first environment: /deploy. What runs there must have been deployed by `fly deploy` once.
init-file-later = The next one, in the order of promotion: /promote.
init-file-approval = Nothing is touched before one of you asks and another one approves.
init-file-alone =
    With somebody else among the releasers, let them approve what you ask for:
    { "[[" }apps.environments.before]]
    name = "approval"
    approval = { "{" } from = "releasers", not_requester = true, expires = "20m" { "}" }
init-file-after = Asked once it runs, so many times in a row. If it fails, the environment goes back by itself.
init-file-watch = Half an hour in which it still goes back by itself.

## cli: check

explain-permissions = Who may do what
explain-environments = What each environment asks for
explain-warnings = To be considered
explain-nobody = nobody
explain-default = not named in the config, so this is the default
explain-asked = { $gate }: { $count } of { $group }
explain-override-by = overriding takes { $count }
explain-nobody-asked = no person is asked
explain-fine = The config can be used.
explain-nobody-may = Nobody has the permission `{ $key }`. Name a group for it under [permissions].
explain-too-few-override = { $app } { $environment }: it takes { $count } people to override a gate or to send a hotfix, and only { $most } may.
explain-nobody-decides = { $app } { $environment }: when its watch cannot tell, the group "{ $group }" is asked, and it is empty: only who has the permission `rollback` decides.
explain-nobody-confirms = { $app } { $environment }: nobody can tick "{ $gate }": the group "{ $group }" is empty.
explain-nobody-approves = { $app } { $environment }: nobody can approve "{ $gate }": it takes a member of "{ $group }" who also has the permission `approve`.
explain-too-few-approve = { $app } { $environment }: "{ $gate }" wants { $count } approvals, but fewer people in "{ $group }" may approve.
explain-never-open = { $app } { $environment }: "{ $gate }" opens at no time of the coming 400 days, so nothing gets past it. Change its days or hours, or the dates in it.
explain-soak-too-long = { $app } { $environment }: "{ $gate }" takes { $soak_span }, and a deployment gives up after { $give_up_span }: one that is asked for early never gets past it. Make `give_up` longer, or the soak shorter.
explain-no-chat = The group "{ $group }" has nobody in it: only a chat knows who is in "{ $member }", and there is no [{ $section }] in the config. Add that section, or name people.
explain-own-request = { $app } { $environment }: "{ $gate }" can never pass for what a member of "{ $group }" requests: their own approval does not count, and too few others may approve.

live-title = What the far ends say
live-wrong = Something is not as it must be. Nothing was changed.
live-fine = All of them answer as they must.
live-silent = { $chat } does not answer
live-silent-next = Try again; if it stays so, look at this machine's network.
live-database = The database can be used: schema { $schema }
live-no-database = There is no database yet; `shipgate run` makes it
live-database-next = Until then `shipgate run` does not start.
live-target-next = Then check again.
live-target-silent = What { $environment } runs on does not answer
live-target-silent-next = Try again; if it stays so, look at this machine's network and at status.flyio.net.
live-answers = What the checks of gates and rules answer now
live-answers-next = With ⚠ a gate would not pass; a watch would go back, or ask people where there is no number. Shipgate starts all the same.
live-unset = Still to be set before `shipgate run`
live-offline = Nothing outside was asked. `shipgate check` without --offline does.
fly-check-machines = fly.io: the token opens { $app }, which has { $count ->
    [one] { $count } machine
   *[other] { $count } machines
}
fly-check-mounts = fly.io: machine { $machine } has a volume, so no other one can be put beside it, as strategy = "{ $strategy }" does
fly-check-mounts-next = Write strategy = "rolling" for this environment.
fly-check-no-machines = fly.io: { $app } has no machine that `fly deploy` made
fly-check-no-machines-next = Deploy it once by hand, `fly deploy --app { $app }`; Shipgate replaces what runs there, and makes no first machine.
fly-check-unauthorized = fly.io does not accept FLY_API_TOKEN (401)
fly-check-unauthorized-next = It is wrong, expired or revoked. Make a new one with `fly tokens create deploy`, and put it there.
fly-check-forbidden = fly.io: FLY_API_TOKEN is not for the app { $app } (403)
fly-check-forbidden-next = Check the name; or make a token for it, `fly tokens create deploy -a { $app }`, and add it with a comma.
fly-check-no-app = fly.io knows no app { $app } (404)
fly-check-no-app-next = Write its name as `fly apps list` shows it, or make it with `fly apps create { $app }`.
fly-check-next = Until it answers, nothing can be released there.
fly-check-registry = fly.io: the registry has the image that runs
fly-check-image-gone = fly.io: the registry no longer has the image that runs, { $image }
fly-check-image-gone-next = Nothing can go back to it. Deploy once more, so that what runs is in the registry.
fly-check-no-registry = fly.io: the registry does not say whether it has the image that runs ({ $error })
fly-check-no-registry-next = Check FLY_REGISTRY_HOST and the network. A rollback would not wait for it, but could not know whether its image is there still.
discord-check-token = Discord knows the token: application “{ $name }”
discord-check-bad-token = Discord refuses DISCORD_TOKEN
discord-check-bad-token-next = On https://discord.com/developers/applications open your application, page “Bot”, “Reset Token”, and put the new one into DISCORD_TOKEN.
discord-check-unreachable = Try again. If it stays so, look at https://discordstatus.com and at this machine's network.
discord-check-gateway = Discord: interactions come over the gateway; no privileged intent is needed
discord-check-http = Discord: interactions come to { $url }
discord-check-address-set = Discord sends interactions to { $url }, and the config says mode = "gateway": no command and no click would reach it
discord-check-address-set-next = On the application's page “General Information”, empty “Interactions Endpoint URL” and save; or set mode = "http".
discord-check-no-address = the config says mode = "http", and the application has no interactions endpoint: no command and no click would reach it
discord-check-no-address-next = Start `shipgate run` where Discord can reach it, then enter https://YOUR-ADDRESS/discord/interactions as “Interactions Endpoint URL” on the page “General Information”.
discord-check-other-address = Discord sends interactions to { $url }, where Shipgate does not listen
discord-check-other-address-next = On the application's page “General Information”, let “Interactions Endpoint URL” end with /discord/interactions.
discord-check-other-key = DISCORD_PUBLIC_KEY is not the application's key: every request would be refused
discord-check-other-key-next = Copy “Public Key” from the application's page “General Information”.
discord-check-guild = Discord: the bot is on the server “{ $name }”
discord-check-no-guild = the bot is not on the server { $guild }
discord-check-no-guild-next = If the id is right, invite it: { $url }
discord-check-no-scope = the bot may not have commands on this server
discord-check-no-scope-next = Invite it once more; that keeps everything as it is: { $url }
discord-check-channel = Discord: channel #{ $name } ({ $key })
discord-check-no-channel = the server has no channel { $id } (channels.{ $key }), or the bot cannot see it
discord-check-no-channel-next = Right-click the channel, “Copy Channel ID”. If it is private: “Edit Channel”, “Permissions”, “Add members or roles”, and add the bot.
discord-check-missing = in #{ $name } ({ $key }) the bot lacks: { $missing }
discord-check-missing-next = Right-click #{ $name }, “Edit Channel”, “Permissions”, choose the bot or its role, and allow: { $missing }.
discord-check-no-role = the server has no role { $id }, which the config's groups name
discord-check-no-role-next = “Server Settings”, “Roles”, right-click the role, “Copy Role ID”.
discord-check-mute-role = nobody is called when the role @{ $name } is mentioned
discord-check-mute-role-next = “Server Settings”, “Roles”, “{ $name }”: turn on “Allow anyone to @mention this role”.
discord-check-few-starts = the bot may connect only { $count } times more today
discord-check-few-starts-next = Something starts it again and again: look at the logs. When it is used up, Discord resets the token.

slack-check-token = Slack knows the token: @{ $name } in the workspace “{ $team }”
slack-check-bad-token = Slack refuses SLACK_BOT_TOKEN ({ $said })
slack-check-bad-token-next = On https://api.slack.com/apps open your app, page “OAuth & Permissions”, “Install to …” or “Reinstall to …”, and put the “Bot User OAuth Token” into SLACK_BOT_TOKEN.
slack-check-token-kind = SLACK_BOT_TOKEN is not the token of a bot
slack-check-token-kind-next = On https://api.slack.com/apps open your app, page “OAuth & Permissions”, and copy the “Bot User OAuth Token” (xoxb-…).
slack-check-scopes = Slack: the bot has every scope that it needs
slack-check-missing-scopes = on Slack the bot lacks the scopes: { $missing }
slack-check-missing-scopes-next = On https://api.slack.com/apps open your app, page “OAuth & Permissions”, “Bot Token Scopes”, “Add an OAuth Scope”; then “Reinstall to …” at the top of the page.
slack-check-socket = Slack: commands and presses come over Socket Mode
slack-check-http = Slack: commands and presses come as signed requests below /slack; whether SLACK_SIGNING_SECRET is right, the first one tells
slack-check-bad-app-token = Slack refuses SLACK_APP_TOKEN ({ $said }): no command and no press would be heard
slack-check-bad-app-token-next = On https://api.slack.com/apps open your app, page “Basic Information”, “App-Level Tokens”, “Generate Token and Scopes”, add connections:write, and put the token into SLACK_APP_TOKEN.
slack-check-app-token-kind = SLACK_APP_TOKEN is not the token of an app: no command and no press would be heard
slack-check-app-token-kind-next = On https://api.slack.com/apps open your app, page “Basic Information”, “App-Level Tokens”, and copy the token (xapp-…) that has connections:write.
slack-check-app-token-scope = SLACK_APP_TOKEN lacks the scope connections:write: no command and no press would be heard
slack-check-app-token-scope-next = On https://api.slack.com/apps open your app, page “Basic Information”, “App-Level Tokens”, “Generate Token and Scopes”, add connections:write, and put the token into SLACK_APP_TOKEN.
slack-check-socket-off = Socket Mode is off for the app: no command and no press would be heard
slack-check-socket-off-next = On https://api.slack.com/apps open your app, page “Socket Mode”, “Enable Socket Mode”; or set mode = "http".
slack-check-channel = Slack: channel #{ $name } ({ $key })
slack-check-no-channel = Slack has no channel { $id } (channels.{ $key }), or it is private and the bot is not in it
slack-check-no-channel-next = Click the channel's name: its id is at the bottom of “About”. If it is private, type there: /invite @{ $bot }
slack-check-archived = the channel #{ $name } ({ $key }) is archived
slack-check-archived-next = Open #{ $name }, “Unarchive channel”, and type there: /invite @{ $bot }. Or name another channel.
slack-check-not-in = the bot is not in #{ $name } ({ $key })
slack-check-not-in-next = Open #{ $name } and type: /invite @{ $bot }
slack-check-no-group = Slack has no user group { $id }, which the config's groups name
slack-check-no-group-next = “People”, “User groups”: open the group, “⋮”, “Copy group ID”.
slack-check-refused = Slack does not say ({ $said })
slack-check-refused-next = Look the word up on https://docs.slack.dev, and at who may install and use apps in the workspace's settings.
slack-check-unreachable = Try again. If it stays so, look at https://slack-status.com and at this machine's network.

## cli: audit

audit-clean = { $environments ->
        [one] { $environments } ledger
       *[other] { $environments } ledgers
    } verified, { $entries ->
        [one] { $entries } entry
       *[other] { $entries } entries
    }: nothing was changed, removed or inserted.
audit-more = …and { $count } more.
audit-broken = The ledgers are not whole ({ $entries } entries of { $environments } environments were read). Somebody with access to the database has changed it, or the disk has. Do not deploy from this database before you know which; compare it with a backup.

audit-changed = { $app }/{ $environment }: entry { $seq } is not what was written.
audit-removed = { $app }/{ $environment }: entries { $from } to { $to } are missing.
audit-inserted = { $app }/{ $environment }: entry { $seq } was not written by Shipgate.
audit-cut = { $app }/{ $environment }: the end is missing, entries { $from } to { $to }.
audit-no-row = { $app }/{ $environment }: there are entries, but the environment's own row is gone.
audit-unreadable = { $app }/{ $environment }: entry { $seq } is unchanged, but this program cannot read it. A newer one may.
audit-row-differs = { $app }/{ $environment }: the entries are unchanged, but the stored state is not what they say.
audit-deployment-differs = { $app }/{ $environment }: the entries are unchanged, but deployment { $deployment } is not stored as they say.

## cli: start

start-config = The config cannot be used.
start-listen = Nothing can be served at { $address }: { $reason }. Choose another address with LISTEN_ADDR or PORT.
start-client = The client for web requests cannot be made: { $reason }. Install the system's CA certificates (package ca-certificates).
start-simulator = The simulated fly.io cannot start: { $reason }
start-folder = The folder { $path } cannot be made: { $reason }. Choose another with TMPDIR.
start-input = The input cannot be read: { $reason }
start-output = The output cannot be written: { $reason }
start-refused = The demo's own releases were refused ({ $code }). That is a bug in Shipgate.
start-crashed = A part of Shipgate broke off: { $reason }. Start it again; nothing is lost. Please report it.

## config: the file

config-no-file = there is no such file
config-no-file-next = Copy `examples/minimal.toml` there, or name another file with `--config PATH` or SHIPGATE_CONFIG.
config-unreadable = the file cannot be read: { $reason }
config-unreadable-next = Make it readable for the user that Shipgate runs as.
config-is-folder = this is a folder
config-is-folder-next = Name the file in it, with `--config PATH` or SHIPGATE_CONFIG.
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
config-spaced = a space stands at an end of "{ $text }"
config-spaced-next = Write it without the space: "{ $text }".
config-missing = `{ $key }` is missing
config-missing-next = Write, for example: { $example }
config-section-not-yet = `{ $key }` is not in this version of Shipgate
config-section-not-yet-next = Remove this section for now.
config-not-yet = { $what ->
    [check] checks of kind "{ $word }" are
   *[target] targets of kind "{ $word }" are
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

## config: values

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
config-dates-backwards = the last of these days comes before the first
config-dates-backwards-next = Write the first day, a slash, and the last day: "2026-12-29/2027-01-03".
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
config-name-alike = the names "{ $name }" and "{ $other }" differ in capitals only, and commands do not tell them apart
config-name-alike-next = Give this one another name.
config-word-of-commands = "{ $name }" cannot be a name, because commands read that word as something else
config-word-of-commands-next = Use another name: not all, next, again or for, and no length of time such as 2h.

## config: people, database

config-not-database = this is not a database that Shipgate knows
config-not-database-next = Write "sqlite://" and a file, such as "sqlite://shipgate.db", or the address of a PostgreSQL database: "postgres://USER@HOST/DATABASE".
config-identity-twice = "{ $identity }" is { $person } already
config-identity-twice-next = One identity is one person: remove it from one of them.
config-not-a-person = "{ $identity }" may be several people
config-not-a-person-next = List it under [groups]; [people] takes identities of one human only.
config-bad-identity = "{ $identity }" is not an identity
config-bad-identity-next = An identity begins with one of: { $known }.
config-no-discord-id = "{ $identity }" names no id of Discord
config-no-discord-id-next = Write the number: turn on Developer Mode in Discord's settings, right-click the person or the role, and choose Copy ID.
config-no-slack-user = "{ $identity }" names no member id of Slack
config-no-slack-user-next = Write the id, such as U0123ABCD: in Slack, open the person's profile, then ⋮ and Copy member ID.
config-no-slack-group = "{ $identity }" names no user group id of Slack
config-no-slack-group-next = Write the id, such as S0123ABCD: in Slack, open People, User groups, the group, then ⋮ and Copy group ID.
config-everyone = "everyone" is built in and cannot be defined
config-everyone-next = Remove it, or use another name.
config-group-in-group = "{ $name }" is a group, and a group holds people and identities only
config-group-in-group-next = Write the members of "{ $name }" here; or name both groups where a list of groups is taken, as under [permissions].
config-everyone-in-group = "everyone" is a group, and a group holds people and identities only
config-everyone-in-group-next = Write names here; or write "everyone" in the place of this group, where everybody may.

## config: apps

config-no-apps = there is no app in this file
config-no-apps-next = Add one: [[apps]] with a name, and [[apps.environments]] below it.
config-no-heading = { $heading } is missing above this
config-no-heading-next = Write { $heading } with a `name` first, and below it what belongs to it.
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

## config: gates and watches

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
config-empty-window-next = Write different times; the whole day is from "00:00" to "24:00". Leave the gate out if any time will do.
config-empty-list = `{ $key }` is empty
config-empty-list-next = Write at least one, or leave it out.
config-not-minute = `{ $key }` is no date
config-not-minute-next = Write a local date with or without a time, such as "2026-12-24 18:00".
config-freeze-backwards = the freeze is over before it begins
config-freeze-backwards-next = Write the later date behind `to`.
config-gate-too-short = this gate can never pass: { $times } times every { $every } takes { $least }, and it fails after { $within }
config-gate-too-short-next = Write a `within` longer than { $least }, or ask fewer times.
config-no-rules = the watch has no rules
config-no-rules-next = Add [[apps.environments.watch.rules]], or remove the watch.
config-no-breaks = nothing breaks this rule
config-no-breaks-next = Write `fails = 3` for failures in a row, or `above = …` or `below = …` with `for = "2m"`.
config-two-breaks = this rule is broken by something else already
config-two-breaks-next = Keep one of `fails`, `above` and `below`; make a second rule for the other.
config-only-with-threshold = `{ $key }` goes with `above` or `below`
config-only-with-threshold-next = Remove it, or write the bound.
config-no-query = `{ $key }` is empty
config-no-query-next = Write what is asked, such as "sum(rate(http_errors[1m])) / sum(rate(http_requests[1m]))".
config-no-bound = this check gives a number, and nothing says which numbers are bad
config-no-bound-next = Write `above = 0.05` or `below = 0.99` into the check; or make it a rule of the watch that has the bound itself, with `for`.
config-two-bounds = this check has a bound already
config-two-bounds-next = Keep one of `above` and `below`; make a second gate or rule for the other.
config-bound-twice = the rule that asks has the bound already
config-bound-twice-next = Remove `{ $key }` from the check.
config-rule-too-long = this rule can never tell: it needs { $needs }, and the watch lasts { $for }
config-rule-too-long-next = Ask for less, ask more often, or make the watch longer than { $needs }.

## config: environment variables

config-not-socket = "{ $value }" is not an address to listen on
config-not-socket-next = Write an IP address and a port: 127.0.0.1:8080
config-not-host = `{ $key }` must be the name of a host, or a web address
config-not-host-next = Write the name alone, as in registry.fly.io; or the whole address of a stand-in: http://127.0.0.1:4280
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
config-password-in-url = `{ $key }` holds a user name or password, which would be shown
config-password-in-url-next = Write the address without it; { $token } can be “Basic …”.
config-no-prometheus-url = “{ $name }” asks Prometheus, and nothing says where that is
config-no-prometheus-url-next = Put its address into PROMETHEUS_URL, such as https://prometheus.example.org, or give the check a `url`.
config-no-fly-token = an app runs on fly.io, and FLY_API_TOKEN is not set
config-no-fly-token-next = Make a token with { $commands } and put it into FLY_API_TOKEN.
config-no-fly-tokens = apps run on fly.io, and FLY_API_TOKEN is not set
config-no-fly-tokens-next = Make tokens with { $commands } and put them into FLY_API_TOKEN, with a comma between them.
config-not-snowflake = `{ $key }` must be an id of Discord's
config-not-snowflake-next = In Discord, turn on the developer mode, right-click the server or channel, choose "Copy ID", and put it in quotes.
config-no-discord-token = [discord] is in the config, and DISCORD_TOKEN is not set
config-no-discord-token-next = Copy the token from the "Bot" page of your application (https://discord.com/developers/applications) and put it into DISCORD_TOKEN.
config-no-discord-key = [discord] has mode = "http", and DISCORD_PUBLIC_KEY is not set
config-no-discord-key-next = Copy the public key from the "General Information" page of your application and put it into DISCORD_PUBLIC_KEY.
config-not-conversation = `{ $key }` must be the id of a channel on Slack
config-not-conversation-next = In Slack, click the channel's name; the id is at the bottom of what opens. It begins with C.
config-no-slack-token = [slack] is in the config, and SLACK_BOT_TOKEN is not set
config-no-slack-token-next = On https://api.slack.com/apps open your app, page "OAuth & Permissions", and copy "Bot User OAuth Token" into SLACK_BOT_TOKEN.
config-no-slack-app-token = [slack] has mode = "socket", and SLACK_APP_TOKEN is not set
config-no-slack-app-token-next = On your app's page "Basic Information", "App-Level Tokens", generate one with the scope connections:write, and put it into SLACK_APP_TOKEN.
config-no-slack-secret = [slack] has mode = "http", and SLACK_SIGNING_SECRET is not set
config-no-slack-secret-next = Copy "Signing Secret" from your app's page "Basic Information" into SLACK_SIGNING_SECRET.
config-other-token = this is a token of another kind
config-other-token-next = The one that belongs here begins with { $begins }.
config-not-public-key = this is not a public key
config-not-public-key-next = Copy it whole from the "General Information" page of your application: 64 digits from 0 to 9 and a to f.

## The keys of the config, for editors and for the reference in the README.

key-time_zone = in which people read times, and windows open
key-locale = the language of channels and of the API's texts
key-database-url = where the database is; `DATABASE_URL` wins
key-discord = the Discord that it talks in
key-people = who is who, in each chat
key-groups = whom permissions and gates name
key-permissions = what is done, and who may
key-apps = what is released
key-discord-guild = the server whose people it serves
key-discord-mode = how interactions come in
key-discord-channels = where it speaks
key-slack = the Slack that it talks in
key-slack-mode = how interactions come in
key-slack-channels = where it speaks
key-channels-deployments = cards, and everything that has no channel of its own
key-channels-warnings = something went back by itself
key-channels-incidents = people are needed now
key-channels-announcements = successes that others want to hear of
key-people-NAME = one human and their identities: `terminal:…`, `api:…`, `discord:user:…`, `slack:user:…`
key-groups-NAME = people, identities, and what only a chat can resolve: `discord:role:…`, `slack:group:…`. `everyone` is built in
key-permissions-deploy = a deployment into the first environment
key-permissions-promote = a deployment into a later one
key-permissions-release = registering a release
key-permissions-rollback = going back, aborting another's deployment, deciding after `needs_people`
key-permissions-approve = approving and rejecting
key-permissions-lock = locking, and lifting another's lock
key-permissions-quarantine = lifting a quarantine
key-permissions-override = overriding gates; hotfixes
key-permissions-halt = halting everything, and resuming
key-apps-name = letters, digits, `-`, `_`, `.`; at most 64
key-apps-repository = on GitHub; cards link commits to it
key-apps-environments = in the order of promotion
key-environments-name = unique in the app
key-environments-time_zone = its own zone
key-environments-url = shown to people; `{ "{" }url{ "}" }` in checks stands for it. No password, query or fragment
key-environments-target = where it runs; no two environments on one target
key-target-kind = what kind of place
key-target-app = the app's name on fly.io
key-target-strategy = how machines are replaced. `rolling`: one after the other. `immediate`: all at once, which is faster, and the app is down while they boot. `canary`: an extra machine in each process group tries the release first, then one after the other. `bluegreen`: new machines beside the old ones take over together once all are well; the old ones are kept, stopped, until the next deployment. The last two do not go with volumes. All are judged by the same checks and gates, and put back in the same manner
key-environments-give_up = how long a deployment may wait before its rollout
key-environments-rollout_within = how long a rollout, or going back, may take
key-environments-override_by = how many people it takes to override a gate, or to send a hotfix
key-environments-before = gates before the rollout
key-environments-after = gates after the rollout
key-environments-watch = the watch
key-gate-name = unique among an environment's gates
key-gate-approval = people approve the release
key-approval-from = who may
key-approval-count = how many different people
key-approval-not_requester = whether the requester's own word does not count
key-approval-expires = how long a click counts
key-gate-confirm = a checklist item
key-confirm-from = who may tick it
key-confirm-within = how long it may take; before a rollout `give_up` says
key-gate-window = hours of the week in which it is open, in the environment's zone; one, or a list
key-window-days = the days of the week
key-window-from = when it opens
key-window-to = when it shuts, `"24:00"` at the end of the day; before `from` it is past midnight
key-window-except = local days on which it stays shut
key-gate-soak = time since the release succeeded in the environment before; not in the first environment
key-gate-check = asks the world
key-gate-times = how often in a row it must pass
key-gate-every = between two questions
key-gate-within = or the gate fails
key-check-kind = what kind of question
key-check-url = the address that is asked, or below which a Prometheus is; may begin with `{ "{" }url{ "}" }`
key-check-query = what Prometheus is asked: PromQL that gives one number
key-check-above = a number above this is a fail
key-check-below = a number below this is a fail
key-check-method = the method of the request
key-check-status = the status that is good
key-check-latency_below = as long or longer is a fail
key-check-timeout = no answer by then is a fail; from Prometheus it is unknown
key-check-json = a field of the answer; if it is a number, it is the check's value
key-json-field = such as `"/database/status"`; a missing field is a fail
key-json-is = what it must be; without it, being there is enough
key-watch-for = how long it is watched
key-watch-inconclusive = when the samples do not suffice
key-inconclusive-ask = who is asked
key-inconclusive-within = how long they have
key-inconclusive-otherwise = what silence means; `keep` gives no evidence
key-watch-rules = each with a `name`, a `check`, and one of `fails`, `above`, `below`
key-rules-name = unique in the watch
key-rules-check = asks the world
key-rules-every = between two samples
key-rules-fails = so many failures in a row break it
key-rules-above = a value above this bound for `for` breaks it
key-rules-below = a value below this bound for `for` breaks it
key-rules-for = how long without a break
key-rules-at_least = with fewer samples in the whole watch there is no verdict
key-database = the database
key-gate-freeze = when it is shut: dates, once, or days and hours, every week; one, or a list
key-freeze-days = with it, every week, written as a `window`
key-freeze-from = when it begins: a day, or a time of day with `days`
key-freeze-to = when it ends; a day without a time is meant to its end
key-freeze-except = with `days`: local days on which it does not hold
