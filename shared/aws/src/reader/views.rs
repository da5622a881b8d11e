//! What was read of VPCs, for as long as it may be believed.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::Arc,
};

use jiff::Timestamp;
use scan::{Place, PortError};
use tokio::sync::Mutex;

use super::{configuration::Vpc, network::View};
use crate::{cloud::Cloud, ec2::Ec2};

/// What EC2 told of each way to be attached. A change of one network may touch a thousand functions
/// that are all attached alike.
#[derive(Debug, Default)]
pub(super) struct Views {
    known: Mutex<HashMap<(Place, Vpc), Known>>,
}

type Known = Arc<Mutex<Option<(Timestamp, Arc<View>)>>>;

impl Views {
    /// What stands around functions attached to `vpc`, read at `as_of` or later.
    ///
    /// # Errors
    /// The account cannot be entered.
    pub(super) async fn of(
        &self,
        cloud: &Cloud,
        place: &Place,
        vpc: &Vpc,
        as_of: Timestamp,
    ) -> Result<Arc<View>, PortError> {
        let known = match self.known.lock().await.entry((place.clone(), vpc.clone())) {
            Entry::Occupied(known) => known.get().clone(),
            Entry::Vacant(new) => new.insert(Known::default()).clone(),
        };
        // Held while it is read, so that two askers do not read it twice.
        let mut known = known.lock().await;
        if let Some((_, view)) = known.as_ref().filter(|(read, _)| *read >= as_of) {
            return Ok(view.clone());
        }
        let read = Timestamp::now();
        let view = Arc::new(View::of_vpc(&Ec2::new(cloud, place).await?, vpc).await);
        *known = view.is_whole().then(|| (read, view.clone()));
        Ok(view)
    }
}
