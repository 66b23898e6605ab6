//! The config as a JSON Schema, for editors: made by watching the reader read `examples/every-key.toml`, so that it
//! can say nothing that the reader does not do. It is a little wider: what names mean, and what lengths of time and
//! addresses mean together, only the reader knows.
//!
//! To add a key: the reader, and a line in that example.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};
use toml::de::{DeTable, DeValue};

use super::file::{self, LONGEST_TEXT as LONGEST};
use super::problem::Report;
use super::seen::{Asked, Kind, Seen, Together};

/// A good config in which every key stands once at least.
pub const EVERY_KEY: &str = include_str!("../../examples/every-key.toml");

/// The notation of spans, as `formats::span` reads it.
const SPAN: &str = "^([0-9]{1,11}d)?([0-9]{1,11}h)?([0-9]{1,11}m)?([0-9]{1,11}s)?([0-9]{1,11}ms)?$";

/// What stands in one place of a config, over all the tables in which that place was seen.
#[derive(Default)]
struct Place {
    kinds: BTreeSet<Kind>,
    /// How often a table stood here.
    tables: usize,
    keys: BTreeMap<&'static str, Key>,
    /// What stands under a name that the operator chooses.
    under_names: Option<Box<Self>>,
    /// What the keys mean together.
    together: Together,
    /// What the tables here are, where there are several kinds of it.
    is_a: Option<&'static str>,
    items: Option<Box<Self>>,
}

/// What there are several kinds of, by what it is and the kind: the same wherever it stands.
type Kinds = BTreeMap<(&'static str, &'static str), Place>;

/// What a schema is written with.
struct Pen<'a> {
    say: &'a dyn Fn(&str) -> Option<String>,
    kinds: &'a Kinds,
}

/// A key of the tables in one place.
#[derive(Default)]
struct Key {
    /// By how many of the tables it was wanted.
    wanted: usize,
    place: Place,
}

/// The schema, in draft 2020-12. `say` has the words for a key, such as `key-target-app`.
#[must_use]
pub fn schema(say: impl Fn(&str) -> Option<String>) -> Value {
    let report = Report::new("examples/every-key.toml", EVERY_KEY);
    let (mut whole, mut kinds) = (Place::default(), Kinds::default());
    let (tree, _) = DeTable::parse_recoverable(EVERY_KEY);
    file::read_tree(tree.get_ref(), &report);
    whole.learn_table(tree.get_ref(), &report.seen, &mut kinds);
    let mut schema = Map::new();
    schema.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
    schema.insert("title".to_owned(), json!("shipgate.toml"));
    schema.extend(whole.table("", &Pen { say: &say, kinds: &kinds }));
    Value::Object(schema)
}

impl Place {
    fn learn(&mut self, value: &DeValue<'_>, seen: &Seen, kinds: &mut Kinds) {
        self.kinds.extend(seen.kinds_of(value));
        match value {
            DeValue::Table(table) => self.learn_table(table, seen, kinds),
            // An item is what may stand here alone.
            DeValue::Array(items) if self.kinds.contains(&Kind::Several) => {
                items.iter().for_each(|item| self.learn(item.get_ref(), seen, kinds));
            }
            DeValue::Array(items) => {
                let place = self.items.get_or_insert_default();
                items.iter().for_each(|item| place.learn(item.get_ref(), seen, kinds));
            }
            _ => {}
        }
    }

    fn learn_table(&mut self, table: &DeTable<'_>, seen: &Seen, kinds: &mut Kinds) {
        let Some((what, kind)) = seen.together_in(table).is_a else { return self.learn_keys(table, seen, kinds) };
        self.is_a = Some(what);
        let mut place = kinds.remove(&(what, kind)).unwrap_or_default();
        place.learn_keys(table, seen, kinds);
        place.keys.entry("kind").or_default().place.kinds = BTreeSet::from([Kind::Among(vec![kind])]);
        kinds.insert((what, kind), place);
    }

    fn learn_keys(&mut self, table: &DeTable<'_>, seen: &Seen, kinds: &mut Kinds) {
        self.tables += 1;
        let Together { defaults, one_of, only_with, never_without, is_a: _ } = seen.together_in(table);
        self.together.defaults.extend(defaults);
        self.together.one_of = self.together.one_of.or(one_of);
        self.together.only_with.extend(only_with);
        self.together.never_without.extend(never_without);
        if seen.is_named(table) {
            let place = self.under_names.get_or_insert_default();
            table.iter().for_each(|(_, value)| place.learn(value.get_ref(), seen, kinds));
        }
        for (key, asked) in seen.keys_of(table) {
            let known = self.keys.entry(key).or_default();
            known.wanted += usize::from(asked == Asked::MustBeThere);
            if let Some(value) = table.get(key) {
                known.place.learn(value.get_ref(), seen, kinds);
            }
        }
    }

    /// `name` is what the table is called in the reference: its key, or `gate`.
    fn table(&self, name: &str, pen: &Pen<'_>) -> Map<String, Value> {
        let mut schema = Map::new();
        schema.insert("type".to_owned(), json!("object"));
        let whole = |key: &str| if name.is_empty() { format!("key-{key}") } else { format!("key-{name}-{key}") };
        if let Some(place) = &self.under_names {
            schema.insert("additionalProperties".to_owned(), place.schema(name, &whole("NAME"), pen));
            return schema;
        }
        // What is asked for and never has a value here is refused here: an approval after a rollout.
        let property = |(key, known): (&&'static str, &Key)| {
            let name = if matches!(*key, "before" | "after") { "gate" } else { key };
            let mut schema = known.place.schema(name, &whole(key), pen);
            if let (Some(default), Some(schema)) = (self.together.defaults.get(key), schema.as_object_mut()) {
                schema.insert("default".to_owned(), default.clone());
            }
            (!known.place.kinds.is_empty()).then(|| ((*key).to_owned(), schema))
        };
        let properties: Map<String, Value> = self.keys.iter().filter_map(property).collect();
        let required: Vec<_> = self.keys.iter().filter(|(_, k)| k.wanted == self.tables).map(|(key, _)| key).collect();
        schema.insert("properties".to_owned(), Value::Object(properties));
        if !required.is_empty() {
            schema.insert("required".to_owned(), json!(required));
        }
        schema.insert("additionalProperties".to_owned(), json!(false));
        self.tie(&mut schema);
        schema
    }

    /// What the keys of a table mean together. What is refused here is in no such rule.
    fn tie(&self, schema: &mut Map<String, Value>) {
        let is_here = |key: &&'static str| self.keys.get(key).is_some_and(|key| !key.place.kinds.is_empty());
        let any = |keys: &[&'static str]| -> Vec<Value> {
            keys.iter().filter(|key| is_here(key)).map(|key| json!({ "required": [key] })).collect()
        };
        if let Some(keys) = self.together.one_of {
            schema.insert("oneOf".to_owned(), any(keys).into());
        }
        let mut rules: Map<String, Value> = Map::new();
        for (key, others) in self.together.only_with.iter().filter(|(key, _)| is_here(key)) {
            rules.insert((*key).to_owned(), json!({ "anyOf": any(others) }));
        }
        for (key, other) in self.together.never_without.iter().filter(|(key, _)| is_here(key)) {
            rules.insert((*key).to_owned(), json!({ "required": [other] }));
        }
        if !rules.is_empty() {
            schema.insert("dependentSchemas".to_owned(), rules.into());
        }
    }

    fn schema(&self, name: &str, words: &str, pen: &Pen<'_>) -> Value {
        let is_said_closer = self.kinds.iter().any(|kind| matches!(kind, Kind::Among(_) | Kind::Like(_)));
        let are_several = self.kinds.contains(&Kind::Several);
        let is_said = |kind: &&Kind| match kind {
            Kind::Filled => false,
            Kind::Text => !is_said_closer,
            Kind::Table | Kind::List => !are_several,
            _ => true,
        };
        let kinds = self.kinds.iter().filter(is_said);
        let mut ways: Vec<Map<String, Value>> = kinds.flat_map(|kind| self.ways(kind, name, pen)).collect();
        let mut schema = if ways.len() == 1 { ways.remove(0) } else { Map::new() };
        if !ways.is_empty() {
            schema.insert("anyOf".to_owned(), json!(ways));
        }
        if let Some(meaning) = Some(words).filter(|words| !words.is_empty()).and_then(pen.say) {
            schema.insert("description".to_owned(), json!(meaning));
        }
        Value::Object(schema)
    }

    fn ways(&self, kind: &Kind, name: &str, pen: &Pen<'_>) -> Vec<Map<String, Value>> {
        let way = match kind {
            Kind::Table => {
                let Some(is_a) = self.is_a else { return vec![self.table(name, pen)] };
                let kinds = pen.kinds.iter().filter(|((what, _), _)| *what == is_a);
                return kinds.map(|(_, place)| place.table(name, pen)).collect();
            }
            Kind::Several => {
                let one = self.table(name, pen);
                let list = json!({ "type": "array", "items": one, "minItems": 1 });
                return list.as_object().cloned().into_iter().chain([one]).collect();
            }
            Kind::Text | Kind::Filled => json!({ "type": "string", "maxLength": LONGEST }),
            Kind::Like(pattern) => json!({ "type": "string", "pattern": pattern, "maxLength": LONGEST }),
            Kind::Among(words) => json!({ "enum": words }),
            Kind::Span => json!({ "type": "string", "minLength": 1, "pattern": SPAN }),
            Kind::Whole(least, most) => json!({ "type": "integer", "minimum": least, "maximum": most }),
            Kind::Number => json!({ "type": "number" }),
            Kind::Truth => json!({ "type": "boolean" }),
            Kind::Scalar => json!({ "type": ["string", "number", "boolean"] }),
            Kind::List => {
                let items = self.items.as_ref().map_or_else(|| json!({}), |place| place.schema(name, "", pen));
                let least = usize::from(self.kinds.contains(&Kind::Filled));
                match least {
                    0 => json!({ "type": "array", "items": items }),
                    least => json!({ "type": "array", "items": items, "minItems": least }),
                }
            }
        };
        way.as_object().cloned().into_iter().collect()
    }
}
