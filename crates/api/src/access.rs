use clawpair_core::access::{Operation, Rights, Role, Scope};
use serde::{Deserialize, Serialize};

/// Who may do what: the whole table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RoleTable {
    /// The roles, the most powerful first.
    pub roles: Vec<RoleRow>,
    /// Every call that manages the platform.
    pub operations: Vec<OperationRow>,
}

/// One role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RoleRow {
    /// Its stable word.
    #[cfg_attr(feature = "ts", ts(type = "string"))]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub role: Role,
    /// What people call it.
    pub name: String,
    /// What it may do.
    #[cfg_attr(feature = "ts", ts(type = "Array<string>"))]
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<String>))]
    pub scopes: Vec<Scope>,
}

/// One call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OperationRow {
    /// Its stable word, as in the `OpenAPI` document.
    pub operation: String,
    /// The scope it takes.
    #[cfg_attr(feature = "ts", ts(type = "string"))]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub scope: Scope,
    /// The roles that have it.
    #[cfg_attr(feature = "ts", ts(type = "Array<string>"))]
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<String>))]
    pub roles: Vec<Role>,
}

impl RoleTable {
    /// The table as it is enforced.
    pub fn enforced() -> Self {
        let role = |role: Role| RoleRow { role, name: role.name().to_owned(), scopes: Rights::of(role).iter().collect() };
        let operation = |operation: &Operation| OperationRow {
            operation: operation.word().to_owned(),
            scope: operation.scope(),
            roles: operation.scope().roles().to_vec(),
        };
        Self { roles: Role::ALL.map(role).to_vec(), operations: Operation::ALL.iter().map(operation).collect() }
    }
}

/// Who is calling, and what they may do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Me {
    /// `owner`, or an API key's or member's id.
    pub id: String,
    /// What people call them; null for the owner.
    pub name: Option<String>,
    /// Their role.
    #[cfg_attr(feature = "ts", ts(type = "string"))]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub role: Role,
    /// What they may do.
    #[cfg_attr(feature = "ts", ts(type = "Array<string>"))]
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<String>))]
    pub scopes: Vec<Scope>,
    /// The calls those are enough for.
    pub operations: Vec<String>,
    /// From when on what they showed is worthless, if that is known.
    pub ends_at: Option<String>,
    /// The version of the platform's program.
    pub version: String,
}
