"""The GraphQL vocabulary that all domains speak: scalars, measure fields, the grammar's types, lineage."""
