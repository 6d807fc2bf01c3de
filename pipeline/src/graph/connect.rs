//! The connections of timely to the other processes of a run, and how they end.

use super::Shared;
use crate::{
    RunError,
    group::{Group, GroupError},
};
use std::{
    any::Any,
    sync::{Arc, Weak},
};

type Builders = (Vec<timely::communication::allocator::AllocatorBuilder>, Box<dyn Any + Send>);

/// Connects timely with the other processes, over our own sockets.
///
/// # Errors
/// When one of them does not come.
pub(super) fn connect(
    mut group: Group,
    threads: usize,
    shared: &Arc<Shared>,
) -> Result<Builders, RunError> {
    use timely::communication::{
        Hooks,
        allocator::{
            AllocatorBuilder, ProcessBuilder,
            zero_copy::initialize::initialize_networking_from_sockets,
        },
    };
    let (index, sockets) = (group.index(), group.mesh()?);
    let (for_lost, for_stop) = (Arc::downgrade(shared), Arc::clone(&shared.progress));
    let lost = move |reason| {
        if let Some(shared) = for_lost.upgrade() {
            shared.fail(RunError::Workers(reason));
        }
    };
    let watch = group.watch(lost, move || for_stop.stop())?;
    shared.watch.set(watch).map_err(|_| ()).expect("a run connects once");
    let hooks = Hooks::default();
    let local =
        ProcessBuilder::new_typed_vector(threads, hooks.refill.clone(), hooks.spill.clone());
    let (builders, guard) =
        initialize_networking_from_sockets(local, sockets, index, threads, hooks)
            .map_err(|error| RunError::Group(GroupError::Io(error)))?;
    let connections = Connections { guard: Some(Box::new(guard)), run: Arc::downgrade(shared) };
    Ok((builders.into_iter().map(AllocatorBuilder::Tcp).collect(), Box::new(connections)))
}

/// The threads that serve the connections of timely. At the end of a run it is waited for them, and
/// they wait for those of the other processes. Of a run that has failed the others learn by the end
/// of this process: to wait for them would be for ever.
struct Connections {
    guard: Option<Box<dyn Any + Send>>,
    run: Weak<Shared>,
}

impl Drop for Connections {
    fn drop(&mut self) {
        if self.run.upgrade().is_some_and(|shared| shared.failed()) {
            std::mem::forget(self.guard.take());
        }
    }
}
