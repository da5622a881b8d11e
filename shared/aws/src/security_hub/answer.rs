use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        interceptors::{
            Intercept, context::AfterDeserializationInterceptorContextRef, dyn_dispatch_hint,
        },
        runtime_components::RuntimeComponents,
    },
};
use aws_smithy_types::config_bag::ConfigBag;

/// Refuses a success that does not name this member anywhere.
///
/// The SDK reads a list or a number that is missing as none, even from an empty body. A batch
/// without failures must say so itself.
#[derive(Debug)]
pub(super) struct Names(pub(super) &'static str);

#[dyn_dispatch_hint]
impl Intercept for Names {
    fn name(&self) -> &'static str {
        "Names"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response();
        let body = response.body().bytes().and_then(|body| std::str::from_utf8(body).ok());
        let member = format!("\"{}\"", self.0);
        if response.status().is_success() && !body.is_some_and(|body| body.contains(&member)) {
            return Err(format!("the answer has no `{}`", self.0).into());
        }
        Ok(())
    }
}
