"""What each field costs, said in its description: one place, when the schema is built."""

from graphql import (
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_composite_type,
    is_list_type,
)

from schema.guard import cost_of, rows_of


def describe_costs(schema: GraphQLSchema) -> None:
    """Append its cost to every field that has one, as the guard counts it."""
    for kind in schema.type_map.values():
        if isinstance(kind, GraphQLObjectType) and not kind.name.startswith("__"):
            for name, field in kind.fields.items():
                said = cost_sentence(name, field)
                if said:
                    field.description = f"{field.description or ''}\n{said}".strip()


def cost_sentence(name: str, field: GraphQLField) -> str:
    """Such as "Cost 1; what is inside counts for each of `first` rows."; empty for a plain value."""
    cost, times = cost_of(field), _times(name, field)
    if times and cost:
        return f"Cost {cost}; what is inside counts {times}."
    if times:
        return f"What is inside counts {times}."
    return f"Cost {cost}." if cost else ""


def _times(name: str, field: GraphQLField) -> str:
    if "first" in field.args:
        return "for each of `first` rows"
    kind = getattr(field.type, "of_type", field.type)
    is_list = is_list_type(kind) or is_list_type(field.type)
    if name == "edges" or not is_list or not is_composite_type(get_named_type(field.type)):
        return ""
    return f"{rows_of(field)} times"
