//! Topics: making those that a job needs, and saying what there is. Nothing that exists is
//! changed: a topic that differs from what is wanted is somebody's.

use super::client::{ANSWER_TIME, ClientError, Watch, said, words};
use super::{Cleanup, KafkaAccess, Retention, TopicPlan};
use futures::executor::block_on;
use rdkafka::{
    admin::{AdminClient, AdminOptions, NewTopic, ResourceSpecifier, TopicReplication},
    consumer::{BaseConsumer, Consumer},
    error::{KafkaError, RDKafkaErrorCode},
    metadata::MetadataTopic,
};
use serde::Serialize;
use std::time::Duration;

/// A topic as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TopicState {
    /// Its name.
    pub name: String,
    /// Its partitions, in order.
    pub partitions: Vec<PartitionState>,
    /// Replicas of each partition.
    pub replication: u16,
    /// How long records are kept; unknown where brokers do not say.
    pub retention: Option<Retention>,
    /// What goes when it goes; unknown where brokers do not say, or where it is both.
    pub cleanup: Option<Cleanup>,
}

/// The records of a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct PartitionState {
    /// Offset of the oldest one that is still there.
    pub first: u64,
    /// Offset of the next one to come.
    pub next: u64,
}

/// What was done about a topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Made {
    /// It was made.
    Created,
    /// It was there, as wanted.
    Present,
}

/// Topics that cannot be made or described.
#[derive(Debug, thiserror::Error)]
pub enum TopicsError {
    /// The brokers did not do it.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// They exist and are not as wanted. Nothing was made.
    #[error("{}: topics are not changed once they exist, so nothing was made", .0.join("; "))]
    Differ(Vec<String>),
    /// Brokers without an administration.
    #[error(
        "{0} cannot make topics on request; the development broker makes those that it is started \
         with: tapeflow broker --topics NAME:PARTITIONS"
    )]
    Unsupported(String),
}

/// Makes the topics that are not there, and says of each what was done.
///
/// # Errors
/// When one exists and differs: then none is made. When brokers refuse.
pub fn create_topics(
    access: &KafkaAccess,
    plans: &[TopicPlan],
) -> Result<Vec<(String, Made)>, TopicsError> {
    let admin = access.admin()?;
    let states = describe(access, &admin, Some(plans), false)?;
    let state = |plan: &TopicPlan| states.iter().find(|state| state.name == plan.name);
    let differ: Vec<String> =
        plans.iter().flat_map(|p| state(p).and_then(|s| differences(p, s))).collect();
    if !differ.is_empty() {
        return Err(TopicsError::Differ(differ));
    }
    let missing: Vec<&TopicPlan> = plans.iter().filter(|plan| state(plan).is_none()).collect();
    if !missing.is_empty() && is_mock(&admin) {
        return Err(TopicsError::Unsupported(access.brokers.clone()));
    }
    if !missing.is_empty() {
        make(access, &admin, &missing)?;
    }
    let made = |plan: &TopicPlan| match state(plan) {
        Some(_) => (plan.name.clone(), Made::Present),
        None => (plan.name.clone(), Made::Created),
    };
    Ok(plans.iter().map(made).collect())
}

/// What there is, by name: the topics of these names, or all but the brokers' own.
///
/// # Errors
/// When one of the names is no topic, or no broker answers.
pub fn describe_topics(
    access: &KafkaAccess,
    names: &[String],
) -> Result<Vec<TopicState>, TopicsError> {
    let admin = access.admin()?;
    let plans: Vec<TopicPlan> = names.iter().map(|name| TopicPlan::named(name)).collect();
    let some = (!plans.is_empty()).then_some(&plans[..]);
    let mut states = describe(access, &admin, some, true)?;
    if let Some(absent) = names.iter().find(|name| states.iter().all(|s| s.name != **name)) {
        let (topic, brokers) = (absent.clone(), access.brokers.clone());
        return Err(ClientError::NoTopic { topic, brokers }.into());
    }
    states.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(states)
}

/// How a topic differs from what is wanted, in words.
fn differences(plan: &TopicPlan, state: &TopicState) -> Option<String> {
    let mut ways = Vec::new();
    if plan.partitions as usize != state.partitions.len() {
        ways.push(format!("{} partitions, not {}", state.partitions.len(), plan.partitions));
    }
    if let Some(wanted) = plan.replication.filter(|wanted| *wanted != state.replication) {
        ways.push(format!("replication {}, not {wanted}", state.replication));
    }
    if let (Some(wanted), Some(is)) = (plan.retention, state.retention)
        && wanted != is
    {
        ways.push(format!("retention {is}, not {wanted}"));
    }
    if let Some(is) = state.cleanup.filter(|is| *is != plan.cleanup) {
        ways.push(format!("cleanup {is}, not {}", plan.cleanup));
    }
    (!ways.is_empty()).then(|| format!("topic `{}` has {}", plan.name, ways.join(", ")))
}

/// The topics among the wanted ones that exist; without offsets `first` and `next` are 0.
fn describe(
    access: &KafkaAccess,
    admin: &AdminClient<Watch>,
    wanted: Option<&[TopicPlan]>,
    offsets: bool,
) -> Result<Vec<TopicState>, TopicsError> {
    // All at once: asking for one that is absent makes some brokers create it.
    let metadata = access.metadata(admin.inner(), None)?;
    let is_wanted = |topic: &&MetadataTopic| match wanted {
        Some(plans) => plans.iter().any(|plan| plan.name == topic.name()),
        None => !topic.name().starts_with("__"),
    };
    let topics: Vec<&MetadataTopic> = metadata.topics().iter().filter(is_wanted).collect();
    let settings = settings(access, admin, &topics)?;
    let consumer: Option<BaseConsumer<Watch>> =
        offsets.then(|| access.consumer(&[])).transpose()?;
    let mut states = Vec::new();
    for (topic, (retention, cleanup)) in topics.into_iter().zip(settings) {
        let partition = |number| {
            let Some(consumer) = &consumer else { return Ok((0, 0)) };
            access.offsets(consumer.client(), topic.name(), number)
        };
        let partitions = (0..topic.partitions().len() as u32)
            .map(|number| partition(number).map(|(first, next)| PartitionState { first, next }))
            .collect::<Result<_, ClientError>>()?;
        let replication = topic.partitions().first().map_or(0, |p| p.replicas().len() as u16);
        let name = topic.name().to_owned();
        states.push(TopicState { name, partitions, replication, retention, cleanup });
    }
    Ok(states)
}

/// What brokers say of a topic's settings.
type Settings = (Option<Retention>, Option<Cleanup>);

/// The settings of topics, in their order.
fn settings(
    access: &KafkaAccess,
    admin: &AdminClient<Watch>,
    topics: &[&MetadataTopic],
) -> Result<Vec<Settings>, TopicsError> {
    let unknown = || vec![(None, None); topics.len()];
    if topics.is_empty() || is_mock(admin) {
        return Ok(unknown());
    }
    let asked: Vec<_> = topics.iter().map(|t| ResourceSpecifier::Topic(t.name())).collect();
    let answers = match block_on(admin.describe_configs(&asked, &options())) {
        Ok(answers) => answers,
        Err(error) if is_unsupported(&error) => return Ok(unknown()),
        Err(error) => return Err(access.unanswered(admin.inner().context(), &error).into()),
    };
    let mut settings = Vec::new();
    for (topic, answer) in topics.iter().zip(answers) {
        let entries = answer.map_err(|code| ClientError::Refused {
            what: format!("describe topic `{}`", topic.name()),
            reason: words(code),
        })?;
        let value = |name: &str| entries.get(name).and_then(|entry| entry.value.as_deref());
        let retention = value("retention.ms").and_then(|ms| ms.parse().ok());
        let cleanup = value("cleanup.policy").and_then(Cleanup::of);
        settings.push((retention.map(Retention::of_ms), cleanup));
    }
    Ok(settings)
}

fn make(
    access: &KafkaAccess,
    admin: &AdminClient<Watch>,
    plans: &[&TopicPlan],
) -> Result<(), TopicsError> {
    let retention = |plan: &&TopicPlan| plan.retention.map(|r| r.as_ms().to_string());
    let retentions: Vec<Option<String>> = plans.iter().map(retention).collect();
    let topic = |(plan, retention)| {
        let (plan, retention): (&&TopicPlan, &Option<String>) = (plan, retention);
        let replication = TopicReplication::Fixed(plan.replication.map_or(-1, i32::from));
        let topic = NewTopic::new(&plan.name, plan.partitions as i32, replication);
        let topic = topic.set("cleanup.policy", plan.cleanup.as_str());
        match retention {
            Some(ms) => topic.set("retention.ms", ms),
            None => topic,
        }
    };
    let native: Vec<NewTopic<'_>> = plans.iter().zip(&retentions).map(topic).collect();
    let answers = match block_on(admin.create_topics(&native, &options())) {
        Ok(answers) => answers,
        Err(error) if is_unsupported(&error) => {
            return Err(TopicsError::Unsupported(access.brokers.clone()));
        }
        Err(error) => return Err(access.unanswered(admin.inner().context(), &error).into()),
    };
    for answer in answers {
        if let Err((name, code)) = answer {
            let what = format!("make topic `{name}`");
            return Err(ClientError::Refused { what, reason: words(code) }.into());
        }
    }
    await_topics(access, admin, plans)
}

/// Waits until brokers that are asked know the topics: the one that made them knows them first.
fn await_topics(
    access: &KafkaAccess,
    admin: &AdminClient<Watch>,
    plans: &[&TopicPlan],
) -> Result<(), TopicsError> {
    const PAUSE: Duration = Duration::from_millis(50);
    for _ in 0..ANSWER_TIME.as_millis() / PAUSE.as_millis() {
        let metadata = access.metadata(admin.inner(), None)?;
        let ready = |plan: &&TopicPlan| {
            let led = |topic: &MetadataTopic| topic.partitions().iter().all(|p| p.leader() >= 0);
            let here = |topic: &&MetadataTopic| topic.name() == plan.name && led(topic);
            let topic = metadata.topics().iter().find(here);
            topic.is_some_and(|t| t.partitions().len() == plan.partitions as usize)
        };
        if plans.iter().all(ready) {
            return Ok(());
        }
        std::thread::park_timeout(PAUSE);
    }
    let reason = format!("they have no leader after {} s", ANSWER_TIME.as_secs());
    Err(ClientError::Refused { what: "make the topics".to_owned(), reason }.into())
}

fn options() -> AdminOptions {
    AdminOptions::new().request_timeout(Some(ANSWER_TIME)).operation_timeout(Some(ANSWER_TIME))
}

/// Is it the development broker? It leaves questions about topics' settings without an answer.
fn is_mock(admin: &AdminClient<Watch>) -> bool {
    let id = admin.inner().fetch_cluster_id(ANSWER_TIME);
    id.is_some_and(|id| id.starts_with("mockCluster"))
}

fn is_unsupported(error: &KafkaError) -> bool {
    let code = error.rdkafka_error_code();
    code == Some(RDKafkaErrorCode::UnsupportedFeature) || said(error).contains("not supported")
}

#[cfg(test)]
mod tests {
    use super::*;
    use schemas::Span;

    #[test]
    fn a_topic_that_differs_is_told_apart_by_everything_that_was_asked_for() {
        let mut state = TopicState {
            name: "ticks".to_owned(),
            partitions: vec![PartitionState { first: 0, next: 0 }; 4],
            replication: 1,
            retention: Some(Retention::Unlimited),
            cleanup: Some(Cleanup::Delete),
        };
        let plan = |text: &str| text.parse::<TopicPlan>().unwrap();
        assert_eq!(differences(&plan("ticks:4"), &state), None);
        assert_eq!(differences(&plan("ticks:4:forever"), &state), None);
        let wanted = TopicPlan { replication: Some(3), ..plan("ticks:2:7d") };
        assert_eq!(
            differences(&wanted, &state).unwrap(),
            "topic `ticks` has 4 partitions, not 2, replication 1, not 3, retention forever, not 7d"
        );
        state.cleanup = Some(Cleanup::Compact);
        let said = differences(&plan("ticks:4"), &state).unwrap();
        assert_eq!(said, "topic `ticks` has cleanup compact, not delete");
        // What brokers do not tell is no difference.
        (state.retention, state.cleanup) = (None, None);
        assert_eq!(differences(&plan("ticks:4:7d"), &state), None);
        assert_eq!(Retention::of_ms(1000), Retention::For(Span::SECOND));
    }
}
