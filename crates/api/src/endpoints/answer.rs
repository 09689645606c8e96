/// A type of the contract, by name; with the feature `openapi` also its schema.
#[derive(Clone, Copy)]
pub struct Shape {
    /// The type's name.
    pub name: &'static str,
    /// The schemas of the type and of all it is made of.
    #[cfg(feature = "openapi")]
    pub schemas: fn() -> Schemas,
}

/// Schemas by name.
#[cfg(feature = "openapi")]
pub type Schemas = Vec<(String, utoipa::openapi::RefOr<utoipa::openapi::schema::Schema>)>;

#[cfg(feature = "openapi")]
pub(super) fn collect<T: utoipa::ToSchema>() -> Schemas {
    let mut schemas = vec![(T::name().into_owned(), T::schema())];
    T::schemas(&mut schemas);
    schemas
}

impl std::fmt::Debug for Shape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// A type as a [`Shape`].
macro_rules! shape {
    ($type:ident) => {
        $crate::endpoints::Shape {
            name: stringify!($type),
            #[cfg(feature = "openapi")]
            schemas: $crate::endpoints::answer::collect::<$crate::$type>,
        }
    };
}
pub(super) use shape;

/// What travels in a body.
#[derive(Clone, Copy, Debug)]
pub enum Content {
    /// JSON of this type.
    Json(Shape),
    /// A form with the fields of this type (RFC 6749).
    Form(Shape),
    /// Server-sent events, each of this type.
    Events(Shape),
    /// Text of this media type.
    Text(&'static str),
    /// Nothing.
    Empty,
}

impl Content {
    /// The media type.
    pub const fn media_type(self) -> Option<&'static str> {
        match self {
            Self::Json(_) => Some("application/json"),
            Self::Form(_) => Some("application/x-www-form-urlencoded"),
            Self::Events(_) => Some("text/event-stream"),
            Self::Text(media_type) => Some(media_type),
            Self::Empty => None,
        }
    }

    /// The type, where there is one.
    pub const fn shape(self) -> Option<Shape> {
        match self {
            Self::Json(shape) | Self::Form(shape) | Self::Events(shape) => Some(shape),
            Self::Text(_) | Self::Empty => None,
        }
    }
}

/// One answer.
#[derive(Clone, Copy, Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// When it is given.
    pub about: &'static str,
    /// What it holds.
    pub content: Content,
}

impl Answer {
    /// Done, and this is how it stands now.
    pub(super) const fn ok(shape: Shape, about: &'static str) -> Self {
        Self { status: 200, about, content: Content::Json(shape) }
    }

    /// Something new.
    pub(super) const fn created(shape: Shape, about: &'static str) -> Self {
        Self { status: 201, about, content: Content::Json(shape) }
    }
}
