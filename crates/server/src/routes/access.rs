//! What anybody who shows who they are may ask.

use axum::Json;
use clawpair_api::{Me, PermissionList, RoleTable};
use clawpair_core::access::Operation;

use crate::caller::Caller;

pub(super) async fn roles(_: Caller) -> Json<RoleTable> {
    Json(RoleTable::enforced())
}

pub(super) async fn permissions(_: Caller) -> Json<PermissionList> {
    Json(PermissionList::offered())
}

pub(super) async fn me(caller: Caller) -> Json<Me> {
    let operations = Operation::ALL.iter().filter(|&&operation| caller.rights.allow(operation));
    Json(Me {
        id: caller.by.to_string(),
        name: caller.name.map(String::from),
        role: caller.role,
        scopes: caller.rights.iter().collect(),
        operations: operations.map(|operation| operation.word().to_owned()).collect(),
        ends_at: caller.ends_at.map(|at| at.to_string()),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    })
}
