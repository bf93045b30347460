//! A kind of resource without its type, as the engine uses it.

use std::marker::PhantomData;

use futures::future::{FutureExt, LocalBoxFuture};

use crate::aws::Aws;
use crate::aws::glance::Glance;
use crate::aws::tags::Tags;
use crate::model::diff::Change;
use crate::model::live::Live;
use crate::model::schema::Schema;
use crate::model::spec::Spec;
use crate::run::cloud::{Farewell, Order};
use crate::run::fault::Fault;

use super::{Changed, Found, Resource, Wish};

/// A kind without its type: what the engine holds.
pub trait Kind: Sync {
    /// Its rules.
    fn schema(&self) -> &'static Schema;
    /// The JSON Schema of its properties, in one piece.
    fn json_schema(&self) -> schemars::Schema;
    /// Properties as its struct would write them: defaults filled in, sets in order.
    fn canonical(&self, spec: &Spec) -> Result<Spec, serde_json::Error>;
    /// See [`Resource::list`].
    fn list<'a>(&'a self, glance: &'a Glance<'_>) -> LocalBoxFuture<'a, Result<Vec<Live>, Fault>>;
    /// See [`Resource::create`].
    fn create<'a>(&'a self, aws: &'a Aws, order: &'a Order) -> LocalBoxFuture<'a, Result<(), Fault>>;
    /// See [`Resource::update`].
    fn update<'a>(
        &'a self,
        aws: &'a Aws,
        live: &'a Live,
        order: &'a Order,
        changes: &'a [Change],
    ) -> LocalBoxFuture<'a, Result<(), Fault>>;
    /// See [`Resource::delete`].
    fn delete<'a>(
        &'a self,
        aws: &'a Aws,
        live: &'a Live,
        farewell: &'a Farewell,
    ) -> LocalBoxFuture<'a, Result<(), Fault>>;
    /// See [`Resource::tag`].
    fn tag<'a>(
        &'a self,
        aws: &'a Aws,
        live: &'a Live,
        tags: &'a Tags,
    ) -> LocalBoxFuture<'a, Result<(), Fault>>;
    /// See [`Resource::tags`].
    fn tags<'a>(&'a self, aws: &'a Aws, live: &'a Live) -> LocalBoxFuture<'a, Result<Tags, Fault>>;
    /// See [`Resource::blockers`].
    fn blockers<'a>(&'a self, aws: &'a Aws, live: &'a Live)
    -> LocalBoxFuture<'a, Result<Vec<String>, Fault>>;
    /// See [`Resource::ADOPTABLE`].
    fn is_adoptable(&self) -> bool;
    /// See [`Resource::inspect`].
    fn inspect<'a>(
        &'a self,
        glance: &'a Glance<'_>,
        id: &'a str,
        claim: &'a Tags,
    ) -> LocalBoxFuture<'a, Result<Option<(Live, Tags)>, Fault>>;
    /// See [`Resource::adopt`].
    fn adopt<'a>(
        &'a self,
        aws: &'a Aws,
        live: &'a Live,
        tags: &'a Tags,
    ) -> LocalBoxFuture<'a, Result<(), Fault>>;
}

/// The erased form of `R`.
pub struct Of<R>(PhantomData<fn() -> R>);

impl<R> Of<R> {
    /// The one value.
    pub const KIND: Self = Self(PhantomData);
}

impl<R: Resource> Kind for Of<R> {
    fn schema(&self) -> &'static Schema {
        R::SCHEMA
    }

    fn json_schema(&self) -> schemars::Schema {
        let settings = schemars::generate::SchemaSettings::draft2020_12();
        settings
            .with(|settings| settings.inline_subschemas = true)
            .into_generator()
            .into_root_schema_for::<R>()
    }

    fn canonical(&self, spec: &Spec) -> Result<Spec, serde_json::Error> {
        Spec::of(&spec.typed::<R>()?)
    }

    fn list<'a>(&'a self, glance: &'a Glance<'_>) -> LocalBoxFuture<'a, Result<Vec<Live>, Fault>> {
        async move { R::list(glance).await?.into_iter().map(erase::<R>).collect() }.boxed_local()
    }

    fn create<'a>(&'a self, aws: &'a Aws, order: &'a Order) -> LocalBoxFuture<'a, Result<(), Fault>> {
        async move { R::create(aws, &wish::<R>(order)?).await }.boxed_local()
    }

    fn update<'a>(
        &'a self,
        aws: &'a Aws,
        live: &'a Live,
        order: &'a Order,
        changes: &'a [Change],
    ) -> LocalBoxFuture<'a, Result<(), Fault>> {
        async move { R::update(aws, &found::<R>(live)?, &wish::<R>(order)?, Changed(changes)).await }
            .boxed_local()
    }

    fn delete<'a>(
        &'a self,
        aws: &'a Aws,
        live: &'a Live,
        farewell: &'a Farewell,
    ) -> LocalBoxFuture<'a, Result<(), Fault>> {
        async move { R::delete(aws, &found::<R>(live)?, farewell).await }.boxed_local()
    }

    fn tag<'a>(
        &'a self,
        aws: &'a Aws,
        live: &'a Live,
        tags: &'a Tags,
    ) -> LocalBoxFuture<'a, Result<(), Fault>> {
        async move { R::tag(aws, &found::<R>(live)?, tags).await }.boxed_local()
    }

    fn tags<'a>(&'a self, aws: &'a Aws, live: &'a Live) -> LocalBoxFuture<'a, Result<Tags, Fault>> {
        async move { R::tags(aws, &found::<R>(live)?).await }.boxed_local()
    }

    fn blockers<'a>(
        &'a self,
        aws: &'a Aws,
        live: &'a Live,
    ) -> LocalBoxFuture<'a, Result<Vec<String>, Fault>> {
        async move { R::blockers(aws, &found::<R>(live)?).await }.boxed_local()
    }

    fn is_adoptable(&self) -> bool {
        R::ADOPTABLE
    }

    fn inspect<'a>(
        &'a self,
        glance: &'a Glance<'_>,
        id: &'a str,
        claim: &'a Tags,
    ) -> LocalBoxFuture<'a, Result<Option<(Live, Tags)>, Fault>> {
        async move {
            let inspected = R::inspect(glance, id, claim).await?;
            inspected.map(|(found, tags)| Ok((erase::<R>(found)?, tags))).transpose()
        }
        .boxed_local()
    }

    fn adopt<'a>(
        &'a self,
        aws: &'a Aws,
        live: &'a Live,
        tags: &'a Tags,
    ) -> LocalBoxFuture<'a, Result<(), Fault>> {
        async move { R::adopt(aws, &found::<R>(live)?, tags).await }.boxed_local()
    }
}

fn erase<R: Resource>(found: Found<R>) -> Result<Live, Fault> {
    Ok(Live {
        spec: Spec::of(&found.properties).map_err(|error| misfit::<R>(&error))?,
        address: found.address,
        kind: R::KIND,
        id: found.id,
        born: found.born,
        status: found.status,
        outputs: found.outputs,
        tags: found.tags,
        protected: found.protected,
    })
}

fn found<R: Resource>(live: &Live) -> Result<Found<R>, Fault> {
    Ok(Found {
        address: live.address.clone(),
        id: live.id.clone(),
        born: live.born,
        status: live.status.clone(),
        properties: live.spec.typed().map_err(|error| misfit::<R>(&error))?,
        outputs: live.outputs.clone(),
        tags: live.tags.clone(),
        protected: live.protected,
    })
}

fn wish<R: Resource>(order: &Order) -> Result<Wish<'_, R>, Fault> {
    Ok(Wish { want: order.spec.typed().map_err(|error| misfit::<R>(&error))?, order })
}

fn misfit<R: Resource>(error: &serde_json::Error) -> Fault {
    Fault::fatal(R::KIND, format!("these are not the properties of a {}: {error}", R::KIND))
}
