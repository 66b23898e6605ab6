//! The preset of the demo: two apps, five images, one token. Stable data, so that stories and pictures stay the same.
//!
//! Its service check only connects, so that a bad release is caught by the gates of the demo and not by fly.io.

use super::config::{ANY_PORT, AppConfig, Behaviour, Image, Limits, SimConfig, Timings, Token, tcp_check};
use crate::clock::Span;

/// The token of the preset. It opens nothing but the simulator.
pub const DEMO_TOKEN: &str = "simulated-fly-token";

/// A release of the sample app, for whoever registers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SampleRelease {
    /// Its version.
    pub version: String,
    /// Its image, by digest.
    pub image: String,
    /// The commit it was made from.
    pub commit: String,
}

/// A simulated fly.io with `hello-staging` (two machines) and `hello-production` (three), all on v1.
#[must_use]
pub fn demo_config() -> SimConfig {
    let images: Vec<Image> = SAMPLES.iter().map(Sample::image).collect();
    let first = images.first().map(Image::reference).unwrap_or_default();
    let apps = [("hello-staging", 2), ("hello-production", 3)]
        .map(|(name, machines)| AppConfig::deployed(name, machines, &first, &tcp_check()));
    SimConfig {
        listen: ANY_PORT,
        organization: "acme".into(),
        tokens: vec![Token { name: "demo".into(), secret: DEMO_TOKEN.into(), apps: Vec::new() }],
        apps: apps.into(),
        images,
        timings: Timings::default(),
        limits: Limits::AsDocumented,
    }
}

/// The releases of the preset: v1 runs, v2 is good, v3-slow and v3-broken fail, v4-late breaks in production.
#[must_use]
pub fn demo_releases() -> Vec<SampleRelease> {
    let release = |sample: &Sample| SampleRelease {
        version: sample.version.into(),
        image: sample.image().reference(),
        commit: sample.commit.into(),
    };
    SAMPLES.iter().map(release).collect()
}

struct Sample {
    version: &'static str,
    digest: &'static str,
    commit: &'static str,
    behaviour: Behaviour,
}

impl Sample {
    fn image(&self) -> Image {
        Image {
            version: self.version.into(),
            registry: "registry.fly.io".into(),
            repository: "hello".into(),
            tag: Some(self.version.into()),
            digest: format!("sha256:{}", self.digest),
            behaviour: self.behaviour,
            pull: Span(0),
            boot: None,
        }
    }
}

const SAMPLES: [Sample; 5] = [
    Sample {
        version: "v1",
        digest: "d461299cf950bd732857886dc0bb2730817e710b24812e896bd99e183e01e440",
        commit: "7bf6161d9b51b88803b1f9c703e8634c33e2b73f",
        behaviour: Behaviour::Good,
    },
    Sample {
        version: "v2",
        digest: "c6b8a0e85411f4e19fce551fc8fe3919eb4411c046b2252e1665d411d04c1ed1",
        commit: "d7c2c805b3e883dca2880983ffd16194679a1d5f",
        behaviour: Behaviour::Good,
    },
    Sample {
        version: "v3-slow",
        digest: "dd17a32959009fc7ebe99e61b49b56790197b01ed6754064d0b19b5ee30adb21",
        commit: "161f578562e9a4362ff83f0e46058b4f6344fb55",
        behaviour: Behaviour::Slow(Span::seconds(3)),
    },
    Sample {
        version: "v3-broken",
        digest: "664271dc447d13ed6f7d60e4a6d9a42e74c5497118f3496d2e11fbe59cbca819",
        commit: "b62c9a86ef50f81f3635f729e4850d0f38cd1498",
        behaviour: Behaviour::Broken,
    },
    Sample {
        version: "v4-late",
        digest: "3acfe66827902224a9afab2594d053c5791cb2832f7924c15de022a073f3440c",
        commit: "b1e2e0e2fbe290bedd9a4c8e54b6a8da282cc669",
        behaviour: Behaviour::Late(Span::seconds(100)),
    },
];
