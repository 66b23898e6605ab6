//! Rate limits, by the simulated clock.

use shipgate::clock::Span;
use shipgate::sim::Limits;

use super::client::{Sim, path_of};

#[tokio::test]
async fn calls_are_limited_by_action_and_machine() {
    let sim = Sim::with(|config| config.limits = Limits::AsDocumented).await;
    let burst = async |path: &str| {
        let mut count = 0;
        loop {
            let got = sim.get(path).await;
            if got.status == 429 {
                assert_eq!(got.error(429), "rate limit exceeded");
                return count;
            }
            got.expect(200);
            count += 1;
        }
    };
    let list = "/v1/apps/hello-staging/machines";
    assert_eq!(burst(list).await, 3);
    assert_eq!(burst(list).await, 0);
    assert_eq!(burst("/v1/apps/hello-production/machines").await, 3, "another app has its own bucket");
    assert_eq!(burst(&format!("{}/events", sim.path())).await, 3, "another action too");
    assert_eq!(burst(&sim.path()).await, 10, "reading one machine is allowed more often");
    assert_eq!(burst(&path_of("hello-staging", &sim.fly.machines("hello-staging")[1])).await, 10);
    sim.pass(Span::seconds(1));
    assert_eq!(burst(list).await, 1);
    assert_eq!(burst(&sim.path()).await, 5);
    sim.pass(Span::minutes(1));
    assert_eq!(burst(list).await, 3, "no more than the burst is saved up");
}
