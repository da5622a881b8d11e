//! Executions of a state machine.

use std::sync::Arc;

use aws_sdk_sfn::operation::start_execution::StartExecutionError;
use scan::{PortError, repair::Executions};

use crate::{Cloud, failure::port_error};

/// A state machine of ours.
#[derive(Debug)]
pub struct StateMachine {
    cloud: Arc<Cloud>,
    arn: String,
}

impl StateMachine {
    /// Sends nothing.
    pub fn new(cloud: Arc<Cloud>, arn: impl Into<String>) -> Self {
        Self { cloud, arn: arn.into() }
    }
}

impl Executions for StateMachine {
    /// A standard state machine remembers the names of 90 days; the same name with the same input is
    /// the same execution while that runs.
    ///
    /// Source: <https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html>
    async fn start(&self, name: &str, input: &str) -> Result<bool, PortError> {
        let region = model::region_of(&self.arn).unwrap_or_default();
        let client = self.cloud.step_functions(region).await;
        let started = client.start_execution().state_machine_arn(&self.arn).name(name).input(input);
        match started.send().await {
            Ok(_) => Ok(true),
            Err(error)
                if matches!(
                    error.as_service_error(),
                    Some(StartExecutionError::ExecutionAlreadyExists(_))
                ) =>
            {
                Ok(false)
            }
            Err(error) => Err(port_error("states:StartExecution", name, error)),
        }
    }
}
