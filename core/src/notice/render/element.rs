//! The block that marks which element of the law a passage answers.
//!
//! In a notice `{{#element "contact"}}…{{/element}}` prints what is inside. Lint renders the same with
//! marks around it, and so sees each element's text whatever its wording.

use std::collections::BTreeMap;

use handlebars::template::{HelperTemplate, Parameter, Template, TemplateElement};
use handlebars::{
    Context, Handlebars, Helper, HelperDef, HelperResult, Output, RenderContext, RenderErrorReason,
    Renderable,
};

use super::TemplateError;
use crate::law::Element;

/// The block's name.
const NAME: &str = "element";
/// The field of a context that asks for marks.
pub(super) const MARKED: &str = "element_marks";
/// The sign that opens the first element's passage; those of the others follow.
const OPEN: u32 = 0xe100;
/// The sign that closes the first element's passage.
const CLOSE: u32 = 0xe200;

/// Makes the block known to a registry.
pub(super) fn teach(registry: &mut Handlebars<'_>) {
    registry.register_helper(NAME, Box::new(Block));
}

/// Where the elements of one file are marked: the first line of each.
pub(super) type Lines = BTreeMap<Element, usize>;

/// Finds the elements that a file marks; a name that is no element is refused.
pub(super) fn lines(file: &str, template: &Template) -> Result<Lines, TemplateError> {
    let mut found = Lines::new();
    walk(template, &mut |block, line| {
        let name = match block.params.as_slice() {
            [Parameter::Literal(serde_json::Value::String(name))] => name.as_str(),
            _ => "",
        };
        match Element::parse(name) {
            Ok(element) => {
                found.entry(element).or_insert(line);
                Ok(())
            }
            Err(_) => {
                Err(TemplateError::Element { file: file.to_owned(), line, name: name.to_owned() })
            }
        }
    })?;
    Ok(found)
}

/// The text of each element in a marked text; one that is marked twice has both.
pub(super) fn passages(marked: &str) -> BTreeMap<Element, String> {
    let mut open = Vec::new();
    let mut passages: BTreeMap<Element, String> = BTreeMap::new();
    for c in marked.chars() {
        match Mark::of(c) {
            Some(Mark::Open(element)) => {
                passages.entry(element).or_default();
                open.push(element);
            }
            Some(Mark::Close(element)) => open.retain(|inside| *inside != element),
            None => {
                for element in &open {
                    passages.entry(*element).or_default().push(c);
                }
            }
        }
    }
    passages
}

#[derive(Clone, Copy)]
enum Mark {
    Open(Element),
    Close(Element),
}

impl Mark {
    fn of(c: char) -> Option<Self> {
        let element = |base: u32| {
            let at = u32::from(c).checked_sub(base)?;
            Element::ALL.get(usize::try_from(at).ok()?).copied()
        };
        element(OPEN).map(Self::Open).or_else(|| element(CLOSE).map(Self::Close))
    }
}

/// The sign of an element, counted from `base`.
fn sign(base: u32, element: Element) -> Option<char> {
    let at = Element::ALL.iter().position(|known| *known == element)?;
    char::from_u32(base + u32::try_from(at).ok()?)
}

struct Block;

impl HelperDef for Block {
    fn call<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        registry: &'reg Handlebars<'reg>,
        context: &'rc Context,
        state: &mut RenderContext<'reg, 'rc>,
        out: &mut dyn Output,
    ) -> HelperResult {
        let name = helper.param(0).and_then(|name| name.value().as_str()).unwrap_or_default();
        let element =
            Element::parse(name).map_err(|_| RenderErrorReason::ParamNotFoundForIndex(NAME, 0))?;
        let marked = context.data().get(MARKED).is_some();
        let mark = |base, out: &mut dyn Output| match sign(base, element).filter(|_| marked) {
            Some(sign) => out.write(sign.encode_utf8(&mut [0; 4])),
            None => Ok(()),
        };
        mark(OPEN, out)?;
        if let Some(inside) = helper.template() {
            inside.render(registry, context, state, out)?;
        }
        mark(CLOSE, out)?;
        Ok(())
    }
}

/// What is done with a block and the line it stands in.
type Visit<'a> = dyn FnMut(&HelperTemplate, usize) -> Result<(), TemplateError> + 'a;

/// Visits every element block of a template, those inside other blocks too.
#[expect(clippy::wildcard_enum_match_arm, reason = "the enum is the library's and may grow")]
fn walk(template: &Template, visit: &mut Visit<'_>) -> Result<(), TemplateError> {
    for (at, part) in template.elements.iter().enumerate() {
        match part {
            TemplateElement::HelperBlock(block) => {
                if matches!(&block.name, Parameter::Name(name) if name == NAME) {
                    visit(block, template.mapping.get(at).map_or(0, |place| place.0))?;
                }
                for inside in [&block.template, &block.inverse].into_iter().flatten() {
                    walk(inside, visit)?;
                }
            }
            TemplateElement::PartialBlock(block) | TemplateElement::DecoratorBlock(block) => {
                if let Some(inside) = &block.template {
                    walk(inside, visit)?;
                }
            }
            // Nothing else has an inside.
            _ => {}
        }
    }
    Ok(())
}
