//! Cards that hold whatever people and other systems might write, for those who check that a chat takes them.

use proptest::collection::vec;
use proptest::prelude::*;
use shipgate::card::{Button, ButtonStyle, Card, Link, Mark, Press, Row, Tone};
use shipgate::domain::{Action, Id, Moment};

/// What people and other systems might write.
pub(crate) fn outside() -> impl Strategy<Value = String> {
    let nasty = prop_oneof![
        Just("<@1>"),
        Just("<@&1>"),
        Just("<#1>"),
        Just("<t:1:R>"),
        Just("<:e:1>"),
        Just("</c:1>"),
        Just("<!channel>"),
        Just("<!here|x>"),
        Just("<@U0EVE>"),
        Just("<https://evil.example|good>"),
        Just("&lt;!channel&gt;"),
        Just(":tada:"),
        Just("_a_"),
        Just("~"),
        Just("@everyone"),
        Just("@here"),
        Just("`"),
        Just("``"),
        Just("```"),
        Just("\\"),
        Just("**"),
        Just("__"),
        Just("||"),
        Just("[a](b)"),
        Just("https://evil.example"),
        Just("\n"),
        Just("# "),
        Just("> "),
        Just("1. "),
        Just("👩‍👩‍👧"),
        Just("😀"),
        Just("\u{202e}"),
        Just("שלום"),
        Just("\u{0}"),
        Just(" "),
        Just("\u{2028}"),
        Just("あ"),
        Just("x"),
    ];
    prop_oneof![
        12 => vec(nasty, 0..12).prop_map(|parts| parts.concat()),
        4 => any::<String>(),
        1 => (vec(any::<char>(), 1..4), 1..=10_000_usize)
            .prop_map(|(chars, n)| chars.iter().collect::<String>().repeat(n / chars.len())),
    ]
}

pub(crate) fn row() -> impl Strategy<Value = Row> {
    let marks = prop_oneof![Just(Mark::Passed), Just(Mark::Asking), Just(Mark::Skipped)];
    let moment = || any::<i64>().prop_map(Moment);
    let link = (outside(), outside(), any::<bool>()).prop_map(|(text, url, good)| Link {
        text,
        url: if good { "https://github.com/acme/hello/commit/abc1234".to_owned() } else { url },
    });
    prop_oneof![
        outside().prop_map(|text| Row::Text { text }),
        outside().prop_map(|text| Row::Heading { text }),
        (outside(), outside(), proptest::option::of(link)).prop_map(|(name, value, link)| Row::Field {
            name,
            value,
            link
        }),
        (marks, outside(), outside(), proptest::option::of(moment()))
            .prop_map(|(mark, text, detail, until)| Row::Item { mark, text, detail, until }),
        (outside(), any::<u32>(), any::<u32>()).prop_map(|(text, done, of)| Row::Progress { text, done, of }),
        (outside(), moment()).prop_map(|(text, until)| Row::Countdown { text, until }),
        outside().prop_map(|text| Row::Code { text }),
    ]
}

fn button() -> impl Strategy<Value = Button> {
    let actions = prop_oneof![Just(Action::Approve), Just(Action::Confirm), Just(Action::Abort), Just(Action::Reject)];
    let act = (actions, proptest::option::of(outside()), any::<u64>(), any::<bool>()).prop_map(
        |(action, gate, revision, goes_back)| {
            let deployment = Id("01990b6e-7a10-7cc3-98c4-dc0c3fa9c2d1".to_owned());
            Press::Act { deployment, action, gate, revision, goes_back }
        },
    );
    let promote = outside().prop_map(|text| Press::Promote {
        deployment: Id(text.clone()),
        app: text.clone(),
        environment: text.clone(),
        version: text,
    });
    (outside(), prop_oneof![4 => act, 1 => promote]).prop_map(|(label, press)| Button {
        english: label.clone(),
        label,
        style: ButtonStyle::Danger,
        press,
    })
}

pub(crate) fn card() -> impl Strategy<Value = Card> {
    let rows = prop_oneof![3 => vec(row(), 0..20), 1 => vec(row(), 0..200)];
    (outside(), rows, vec(button(), 0..60), outside()).prop_map(|(title, rows, buttons, footer)| Card {
        title,
        tone: Tone::Bad,
        rows,
        buttons,
        footer,
        environment: None,
        time_zone: None,
    })
}
