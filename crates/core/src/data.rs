//! What a report and a journal are as data: a file, a page or another program reads them, so their JSON stays what it is.
//!
//! `Serialize` is written by hand beside each type, in the form that serde's derive gives it: a struct is its fields, a variant
//! its name in snake case. Building the derive would cost more than building the engine.

/// Writes a struct as its fields, in the order in which they are named; one that is forgotten does not compile.
macro_rules! serialize_struct {
    ($kind:ident { $($field:ident),+ }) => {
        impl serde_core::Serialize for $kind {
            fn serialize<S: serde_core::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                use serde_core::ser::SerializeStruct as _;
                let Self { $($field),+ } = self;
                let mut fields = to.serialize_struct(stringify!($kind), [$(stringify!($field)),+].len())?;
                $(fields.serialize_field(stringify!($field), $field)?;)+
                fields.end()
            }
        }
    };
}

/// Writes one variant with named fields: `$at` is its place among the variants of `$kind`, from 0.
macro_rules! serialize_variant {
    ($to:ident, $kind:literal, $at:literal, $name:literal { $($field:ident),+ }) => {{
        use serde_core::ser::SerializeStructVariant as _;
        let mut fields = $to.serialize_struct_variant($kind, $at, $name, [$(stringify!($field)),+].len())?;
        $(fields.serialize_field(stringify!($field), $field)?;)+
        fields.end()
    }};
}

pub(crate) use {serialize_struct, serialize_variant};

#[cfg(test)]
mod tests;
