//! Parts of a view that change. The compiler writes the machinery of a changing part anew for each closure; what stands
//! in hundreds of places is boxed here, so that there is one for all of a kind, and fewer bytes to load.

use std::borrow::Cow;
use std::sync::{Arc, Mutex};

use leptos::prelude::*;
use leptos::tachys::reactive_graph::SharedReactiveFunction;

/// Whether something is shown, asked again whenever what it reads changes.
#[derive(Clone)]
pub struct Condition(Arc<dyn Fn() -> bool + Send + Sync>);

impl<F: Fn() -> bool + Send + Sync + 'static> From<F> for Condition {
    fn from(holds: F) -> Self {
        Self(Arc::new(holds))
    }
}

/// Shows its children while a condition holds. They are built anew when it begins to hold again, and only then.
#[component(transparent)]
pub fn When(#[prop(into)] holds: Condition, children: ChildrenFn) -> impl IntoView {
    let holds = ArcMemo::new(move |_| (holds.0)());
    part(move || holds.get().then(|| children()))
}

/// A piece of the page that is drawn anew whenever what it reads changes.
pub fn part<V: IntoView + 'static>(
    mut draw: impl FnMut() -> V + Send + 'static,
) -> SharedReactiveFunction<AnyView> {
    Arc::new(Mutex::new(move || draw().into_any()))
}

/// What an attribute says; nothing takes the attribute away.
pub type Said = Option<Cow<'static, str>>;

/// Values of attributes.
pub trait Says {
    fn said(self) -> Said;
}

impl Says for String {
    fn said(self) -> Said {
        Some(self.into())
    }
}

impl Says for &'static str {
    fn said(self) -> Said {
        Some(self.into())
    }
}

impl Says for usize {
    fn said(self) -> Said {
        Some(self.to_string().into())
    }
}

impl<T: Says> Says for Option<T> {
    fn said(self) -> Said {
        self.and_then(T::said)
    }
}

/// The value of an attribute that changes with what it reads.
pub fn says<V: Says>(mut say: impl FnMut() -> V + Send + 'static) -> SharedReactiveFunction<Said> {
    Arc::new(Mutex::new(move || say().said()))
}

/// What is done when something is pressed, typed or left.
pub fn heard<E: 'static>(hear: impl FnMut(E) + Send + 'static) -> Box<dyn FnMut(E) + Send> {
    Box::new(hear)
}
