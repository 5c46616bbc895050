//! What templates may say beside plain values: words, days, items, sums.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use handlebars::{
    Context, Handlebars, Helper, HelperDef, Output, RenderContext, RenderError, RenderErrorReason,
    ScopedJson,
};
use serde_json::Value;
use simrecall_core::cohort::Item;
use simrecall_core::notice::{Language, item_name};

use super::words::Words;
use super::{asset, dates};

type Said = Result<Value, RenderError>;

/// A helper that makes a value of its parameters and of the page's model.
struct Says<F>(F);

impl<F> HelperDef for Says<F>
where
    F: for<'a> Fn(&Helper<'a>, &Value) -> Said + Send + Sync,
{
    fn call_inner<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        context: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
    ) -> Result<ScopedJson<'rc>, RenderError> {
        (self.0)(helper, context.data()).map(ScopedJson::Derived)
    }
}

/// Teaches the templates of one language everything.
pub(super) fn teach(to: &mut Handlebars<'static>, language: Language, words: &Arc<Words>) {
    let known = Arc::clone(words);
    teach_one(to, "t", move |helper, model| said(&known, helper, model));
    teach_one(to, "day", move |helper, _| Ok(dates::day(language, instant(helper)?).into()));
    teach_one(to, "time", move |helper, _| Ok(dates::time(language, instant(helper)?).into()));
    teach_one(to, "day_of", move |helper, _| {
        let day = text(helper, 0)?.parse::<NaiveDate>().map_err(|_| defect("no day"))?;
        Ok(dates::date(language, day).into())
    });
    teach_one(to, "item", move |helper, _| Ok(item(text(helper, 0)?, language)?.into()));
    teach_one(to, "items", move |helper, _| items(helper, language));
    let known = Arc::clone(words);
    teach_one(to, "won", move |helper, _| {
        let sum = grouped(param(helper, 0)?.as_u64().ok_or_else(|| defect("no sum"))?);
        let unit = known.get("unit.won").ok_or_else(|| defect("no words for unit.won"))?;
        Ok(unit.replace("{amount}", &sum).into())
    });
    teach_one(to, "asset", |helper, _| {
        let name = text(helper, 0)?;
        let found = asset::named(name).ok_or_else(|| defect(&format!("no asset {name}")))?;
        Ok(found.path.into())
    });
    teach_one(to, "has", |helper, _| {
        let wanted = param(helper, 1)?;
        let list = param(helper, 0)?.as_array().ok_or_else(|| defect("no list"))?;
        Ok(list.contains(wanted).into())
    });
    teach_one(to, "one_of", |helper, _| {
        let value = param(helper, 0)?;
        Ok(helper.params().iter().skip(1).any(|one| one.value() == value).into())
    });
    teach_one(to, "any", |helper, _| {
        Ok(helper.params().iter().any(|one| is_something(one.value())).into())
    });
    teach_one(to, "typed", |helper, model| {
        Ok(at(model, "typed", text(helper, 0)?).cloned().unwrap_or_else(|| "".into()))
    });
    teach_one(to, "wrong", |helper, model| {
        Ok(at(model, "wrong", text(helper, 0)?).cloned().unwrap_or(Value::Null))
    });
    teach_one(to, "chosen", |helper, model| {
        let line = param(helper, 0)?.as_str();
        let typed = at(model, "typed", "line").and_then(Value::as_str).unwrap_or_default();
        let only = model.get("choices").and_then(Value::as_array).is_some_and(|all| all.len() == 1);
        Ok((only || typed.split([',', ' ']).any(|one| Some(one) == line)).into())
    });
    to.register_helper("json_script", Box::new(json_script));
}

fn teach_one<F>(to: &mut Handlebars<'static>, name: &str, says: F)
where
    F: for<'a> Fn(&Helper<'a>, &Value) -> Said + Send + Sync + 'static,
{
    to.register_helper(name, Box::new(Says(says)));
}

/// Words by key, the parts of the key joined by dots; the gaps are filled from the hash and from what every page knows.
fn said(words: &Words, helper: &Helper<'_>, model: &Value) -> Said {
    let mut key = String::new();
    for at in 0..helper.params().len() {
        if at > 0 {
            key.push('.');
        }
        key.push_str(text(helper, at)?);
    }
    let pattern = words.get(&key).ok_or_else(|| defect(&format!("no words for {key}")))?;
    let mut filled = String::with_capacity(pattern.len());
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once('{') {
        let (gap, after) = after.split_once('}').ok_or_else(|| defect("an open gap"))?;
        filled.push_str(before);
        let value = helper.hash_get(gap).map(|value| value.value()).or_else(|| model.get(gap));
        match value {
            Some(Value::String(value)) => filled.push_str(value),
            Some(Value::Number(value)) => filled.push_str(&value.to_string()),
            Some(Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_)) | None => {
                return Err(defect(&format!("nothing for {gap} in {key}")));
            }
        }
        rest = after;
    }
    filled.push_str(rest);
    Ok(filled.into())
}

fn items(helper: &Helper<'_>, language: Language) -> Said {
    let list = param(helper, 0)?.as_array().ok_or_else(|| defect("no list of items"))?;
    let names = list.iter().map(|code| item(code.as_str().unwrap_or_default(), language));
    Ok(names.collect::<Result<Vec<_>, _>>()?.join(language.comma()).into())
}

fn item(code: &str, language: Language) -> Result<&'static str, RenderError> {
    let item = Item::ALL.into_iter().find(|item| item.code() == code);
    item.map(|item| item_name(item, language)).ok_or_else(|| defect("no such item"))
}

/// Digits in groups of three.
fn grouped(sum: u64) -> String {
    let digits = sum.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// What the script needs, where only a script sees it: JSON in which nothing can end the element.
fn json_script<'reg, 'rc>(
    _: &Helper<'rc>,
    _: &'reg Handlebars<'reg>,
    context: &'rc Context,
    _: &mut RenderContext<'reg, 'rc>,
    out: &mut dyn Output,
) -> Result<(), RenderError> {
    let script = context.data().get("script").ok_or_else(|| defect("nothing for the script"))?;
    let json = script.to_string().replace('<', "\\u003c").replace('>', "\\u003e");
    out.write(&json.replace('&', "\\u0026"))?;
    Ok(())
}

fn instant(helper: &Helper<'_>) -> Result<DateTime<Utc>, RenderError> {
    text(helper, 0)?.parse().map_err(|_| defect("no time"))
}

fn text<'a>(helper: &'a Helper<'_>, at: usize) -> Result<&'a str, RenderError> {
    param(helper, at)?.as_str().ok_or_else(|| defect("no text"))
}

fn param<'a>(helper: &'a Helper<'_>, at: usize) -> Result<&'a Value, RenderError> {
    let missing = || RenderError::from(RenderErrorReason::ParamNotFoundForIndex("a helper", at));
    let param = helper.param(at).ok_or_else(missing)?;
    if param.is_value_missing() { Err(missing()) } else { Ok(param.value()) }
}

fn at<'a>(model: &'a Value, of: &str, name: &str) -> Option<&'a Value> {
    model.get(of)?.get(name)
}

fn is_something(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(value) => *value,
        Value::Number(_) => true,
        Value::String(value) => !value.is_empty(),
        Value::Array(values) => !values.is_empty(),
        Value::Object(values) => !values.is_empty(),
    }
}

fn defect(what: &str) -> RenderError {
    RenderErrorReason::Other(what.to_owned()).into()
}
