//! Each chat has two ways in, and what people see must be the same over both.

/// What a story tells, which must be the same over either way in.
pub(crate) async fn over_either(ways: [&'static str; 2], story: impl AsyncFn(&'static str) -> String) -> String {
    let [one, other] = ways.map(|way| Box::pin(story(way)));
    let told = one.await;
    assert_eq!(told, other.await, "what is seen over either of {ways:?}");
    told
}

/// Keeps a text in a file of its own.
pub(crate) fn keep(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}
