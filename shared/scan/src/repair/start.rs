//! Executions of the state machine: one for each order.

use super::{Advisor, Changer, Executions, Mender, Monitor, Order, Vault, story};
use crate::{Findings, Inventory, PortError};

/// Starts an execution for each order: the names of those that were started now, and why others
/// could not be.
pub async fn start_all(
    executions: &impl Executions,
    orders: impl IntoIterator<Item = Order>,
) -> (Vec<String>, Vec<(Order, PortError)>) {
    let (mut started, mut failed) = (Vec::new(), Vec::new());
    for order in orders {
        let (name, input) = (order.name(), serde_json::json!(order).to_string());
        match executions.start(&name, &input).await {
            Ok(true) => started.push(name),
            Ok(false) => {}
            Err(error) => failed.push((order, error)),
        }
    }
    (started, failed)
}

impl<I, F, C, V> Mender<I, F, C, V>
where
    I: Inventory,
    F: Findings,
    C: Changer + Advisor + Monitor,
    V: Vault,
{
    /// As [`start_all`]; what could not be started is told on the finding too, where whoever asked
    /// for it will look.
    pub async fn start(
        &self,
        executions: &impl Executions,
        orders: impl IntoIterator<Item = Order>,
    ) -> (Vec<String>, Vec<PortError>) {
        let (started, failed) = start_all(executions, orders).await;
        let mut errors = Vec::new();
        for (order, error) in failed {
            let told = self.say(&order.finding, story::not_started(&order, &error)).await;
            errors.push(error);
            errors.extend(told.err());
        }
        (started, errors)
    }
}
