//! From `/deploy staging` to a watched production, on Discord.

use insta::assert_snapshot;

use crate::world::World;
use crate::world::discord::{ANNOUNCEMENTS, DEPLOYMENTS};
use crate::world::setup::{APPROVAL, HEALTH, Setup, WATCH};

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "what people read stands beside what they did")]
async fn a_release_goes_through_on_discord() {
    let production = format!("{APPROVAL}{HEALTH}{WATCH}");
    let mut w = World::of(Setup::production(&production).on_discord("gateway")).await;
    assert_snapshot!(w.types("ada", "/deploy environment:staging").await, @r"
    shipgate to ada (private)
      | **On its way: v2 to staging** #95a5a6
      | Asking what runs in staging now. Nothing is touched yet.
    ");
    w.until("v2 → staging · Succeeded").await;
    w.catches_up().await;
    assert_snapshot!(w.clicks("ada", "v2 → staging", "Promote").await, @r"
    shipgate to ada (private)
      | **On its way: v2 to production** #95a5a6
      | Asking what runs in production now. Nothing is touched yet.
    ");
    w.until("v2 → production · Waiting for people").await;
    w.catches_up().await;
    assert_snapshot!(w.clicks("ada", "v2 → production", "Approve").await, @"
    shipgate to ada (private)
      | **You asked for this release yourself, so your own approval does not count.** #e67e22
      | Ask somebody else to approve it.
      | _ code for questions about this: own_request
    ");
    assert_snapshot!(w.clicks("bob", "v2 → production", "Approve").await, @r"
    shipgate to bob (private)
      | **You approved v2 for production.** #2ecc71
      | v2 takes the place of v1, machine by machine.
    ");
    w.until("v2 → production · Succeeded").await;
    w.catches_up().await;
    assert_snapshot!(w.on_discord(DEPLOYMENTS), @r"
    shipgate (edited)
      | **hello v2 → staging · Succeeded** #2ecc71
      | v2 runs in staging and has passed everything.
      | Next: press Promote to take it to production.
      |
      | **Release** v2 · commit d7c2c805b · in place of v1
      | **Requested** by ada at ··:·· Mon 23 Nov, Asia/Tokyo
      |
      | **After the rollout**
      | ✅ **health** · passed · 2 of 2 in a row · http\://hello-staging/health answered 200 in 0 ms.
      | _ requested by ada · #········ · ledger ········
      [Promote] [Roll back]!
      # hello v2 → staging (archived)

    shipgate (edited)
      | **hello v2 → production · Succeeded** #2ecc71
      | v2 runs in production and has passed everything.
      |
      | **Release** v2 · commit d7c2c805b · in place of v1
      | **Requested** by ada at ··:·· Mon 23 Nov, Asia/Tokyo
      | ✅ **Before** · 1 gate passed: approval (bob)
      |
      | **After the rollout**
      | ✅ **health** · passed · 2 of 2 in a row · http\://hello-production/health answered 200 in 0 ms.
      | ✅ **watch** · passed for 1 min: health
      | _ requested by ada · #········ · ledger ········
      [Roll back]!
      # hello v2 → production (archived)
    ");
    assert_snapshot!(w.thread("hello v2 → staging"), @r"
    shipgate
      ··:··:·· ada asked to take v2 to staging.
      ··:··:·· Found running: v1, on 2 machines.
      ··:··:·· The plan is fixed. If something goes wrong, staging goes back to v1.
      ··:··:·· The rollout of v2 begins.
      ··:··:·· Every machine runs v2, verified.
      – 61992bff87e0c9: runs v2, verified
      – 8430318e2cd164: runs v2, verified
      ··:··:·· The gates after the rollout are asked now.
      ··:··:·· Gate “health”, answer 1: passed (0 · http\://hello-staging/health answered 200 in 0 ms).
      ··:··:·· Gate “health”, answer 2: passed (0 · http\://hello-staging/health answered 200 in 0 ms).
      ··:··:·· The gate “health” passed.
      ··:··:·· It has ended: Succeeded.
    ");
    assert_snapshot!(w.thread("hello v2 → production"), @r"
    shipgate
      ··:··:·· ada asked to take v2 to production.
      ··:··:·· Found running: v1, on 3 machines.
      ··:··:·· The plan is fixed. If something goes wrong, production goes back to v1.
      ··:··:·· People were called: approval.
    shipgate (pings @releasers)
      <@&100000000000000010> hello v2 → production waits for you: approval. ada asked for it.
    shipgate
      ··:··:·· bob approved “approval”.
      ··:··:·· The rollout of v2 begins.
      ··:··:·· Every machine runs v2, verified.
      – 4106093355a173: runs v2, verified
      – 4375d392c75e16: runs v2, verified
      – c39c4f33660cb0: runs v2, verified
      ··:··:·· The gates after the rollout are asked now.
      ··:··:·· Gate “health”, answer 1: passed (0 · http\://hello-production/health answered 200 in 0 ms).
      ··:··:·· Gate “health”, answer 2: passed (0 · http\://hello-production/health answered 200 in 0 ms).
      ··:··:·· The gate “health” passed.
      ··:··:·· The watch begins, for 1 min: health.
      ··:··:·· Rule “health”, sample 1: passed (0 · http\://hello-production/health answered 200 in 0 ms).
      ··:··:·· It has ended: Succeeded.
    ");
    assert_snapshot!(w.on_discord(ANNOUNCEMENTS), @"
    shipgate
      hello v2 → staging succeeded.
      https://discord.com/channels/100000000000000001/100000000000000002/…

    shipgate
      hello v2 → production succeeded.
      https://discord.com/channels/100000000000000001/100000000000000002/…
    ");
}
