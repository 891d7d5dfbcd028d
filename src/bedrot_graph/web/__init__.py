"""GraphQL over the web: HTTP as it comes in, operations as they are asked, answers as they go out."""
