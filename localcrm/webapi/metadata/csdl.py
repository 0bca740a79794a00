"""The metadata document: every table, operation and entity set as CSDL 4.0."""

from __future__ import annotations

from functools import lru_cache
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from localcrm.schema.catalogue import Catalogue
from localcrm.schema.columns import Column, Kind
from localcrm.schema.entity import Entity, Relationship
from localcrm.security.privileges import LISTED_RIGHTS, Right
from localcrm.webapi.metadata.operations import Operation

_EDM = "http://docs.oasis-open.org/odata/ns/edm"
_EDMX = "http://docs.oasis-open.org/odata/ns/edmx"
_NAMESPACE, _BASE, _PRINCIPAL = "Microsoft.Dynamics.CRM", "mscrm.crmbaseentity", "mscrm.principal"
_PRINCIPALS = ("systemuser", "team")
_CHANGE_TRACKING = "Org.OData.Capabilities.V1.ChangeTracking"
_DESCRIPTION = "Org.OData.Core.V1.Description"
_ENUMS = {
    "AccessRights": {right.label: int(right) for right in (*LISTED_RIGHTS, Right.CREATE)} | {"None": 0},
    "PrivilegeDepth": {"Basic": 0, "Local": 1, "Deep": 2, "Global": 3},
    "TargetFieldType": {"All": 0, "ValidForCreate": 1, "ValidForUpdate": 2, "ValidForRead": 3},
}
_COMPLEX = {
    "EntityRecordCountCollection": {
        "Count": "Edm.Int32",
        "IsReadOnly": "Edm.Boolean",
        "Keys": "Collection(Edm.String)",
        "Values": "Collection(Edm.Int64)",
    },
    "PrincipalAccess": {"AccessMask": "mscrm.AccessRights"},
    "RolePrivilege": {
        "Depth": "mscrm.PrivilegeDepth",
        "PrivilegeId": "Edm.Guid",
        "BusinessUnitId": "Edm.Guid",
        "PrivilegeName": "Edm.String",
    },
    "OrganizationDetail": {
        "OrganizationId": "Edm.Guid",
        "FriendlyName": "Edm.String",
        "OrganizationVersion": "Edm.String",
        "UniqueName": "Edm.String",
        "UrlName": "Edm.String",
        "State": "Edm.String",
    },
}


@lru_cache(maxsize=8)
def csdl(catalogue: Catalogue, operations: tuple[Operation, ...], *, annotated: bool) -> str:
    """The document; ``annotated`` adds what people call things and which tables track changes."""
    root = Element("edmx:Edmx", {"Version": "4.0", "xmlns:edmx": _EDMX})
    _references(root)
    schema = SubElement(
        SubElement(root, "edmx:DataServices"), "Schema", Namespace=_NAMESPACE, Alias="mscrm", xmlns=_EDM
    )
    SubElement(schema, "EntityType", Name="crmbaseentity", Abstract="true")
    principal = SubElement(schema, "EntityType", Name="principal", BaseType=_BASE, Abstract="true")
    SubElement(principal, "Property", Name="ownerid", Type="Edm.Guid")
    for entity in catalogue:
        _entity_type(schema, entity, annotated=annotated)
    _plain_types(schema)
    for operation in operations:
        _operation(schema, catalogue, operation)
    container = SubElement(schema, "EntityContainer", Name="System")
    for entity in catalogue:
        _entity_set(container, entity)
    for operation in operations:
        if not operation.bound_to:
            kind = "Function" if operation.is_function else "Action"
            SubElement(container, f"{kind}Import", {"Name": operation.name, kind: f"mscrm.{operation.name}"})
    return '<?xml version="1.0" encoding="utf-8"?>' + ElementTree.tostring(root, encoding="unicode")


def _references(root: Element) -> None:
    for name, alias in (("Org.OData.Core.V1", "Core"), ("Org.OData.Capabilities.V1", "Capabilities")):
        reference = SubElement(root, "edmx:Reference", Uri=f"http://vocabularies.odata.org/OData.{alias}.V1.xml")
        SubElement(reference, "edmx:Include", Namespace=name)


def _entity_type(schema: Element, entity: Entity, *, annotated: bool) -> None:
    base = _PRINCIPAL if entity.logical_name in _PRINCIPALS else _BASE
    element = SubElement(schema, "EntityType", Name=entity.logical_name, BaseType=base)
    SubElement(SubElement(element, "Key"), "PropertyRef", Name=entity.primary_id)
    for column in entity.columns:
        found = SubElement(element, "Property", Name=column.property_name, Type=column.edm_type)
        if column.name == entity.primary_id:
            found.set("Nullable", "false")
        if column.kind in (Kind.MONEY, Kind.DECIMAL):
            found.set("Scale", "Variable")
        if annotated:
            _describe(found, column.label or column.name)
    if annotated:
        _describe(element, entity.label or entity.schema_name)
    partners = _partners(entity)
    for reference in entity.references.values():
        owner = reference.column.kind is Kind.OWNER
        target = _PRINCIPAL if owner else f"mscrm.{reference.target.logical_name}"
        single = SubElement(
            element, "NavigationProperty", Name=reference.name, Type=target, Nullable=_nullable(reference.column)
        )
        if reference.name in partners:
            single.set("Partner", partners[reference.name])
        SubElement(
            single,
            "ReferentialConstraint",
            Property=reference.column.property_name,
            ReferencedProperty="ownerid" if owner else reference.target.primary_id,
        )
    for name, relation in entity.collections.items():
        many = relation.many if isinstance(relation, Relationship) else relation.seen_from(entity.logical_name)[2]
        collection = SubElement(element, "NavigationProperty", Name=name, Type=f"Collection(mscrm.{many})")
        if not isinstance(relation, Relationship):
            collection.set("Partner", name)
        elif relation.single in entity.catalogue[many].references:
            collection.set("Partner", relation.single)


def _partners(entity: Entity) -> dict[str, str]:
    """The collection at the other end of each single-valued navigation property."""
    return {
        relation.single: relation.name
        for relation in entity.catalogue.relationships
        if relation.many == entity.logical_name
    }


def _nullable(column: Column) -> str:
    return "false" if column.required else "true"


def _describe(element: Element, text: str) -> None:
    SubElement(element, "Annotation", Term=_DESCRIPTION, String=text)


def _plain_types(schema: Element) -> None:
    for name, members in _ENUMS.items():
        enum = SubElement(schema, "EnumType", Name=name)
        if name == "AccessRights":
            enum.set("IsFlags", "true")
        for member, value in sorted(members.items(), key=lambda item: item[1]):
            SubElement(enum, "Member", Name=member, Value=str(value))
    for name, properties in _COMPLEX.items():
        complex_type = SubElement(schema, "ComplexType", Name=name)
        for key, kind in properties.items():
            SubElement(complex_type, "Property", Name=key, Type=kind)
        if name == "PrincipalAccess":
            SubElement(complex_type, "NavigationProperty", Name="Principal", Type=_PRINCIPAL)


def _operation(schema: Element, catalogue: Catalogue, operation: Operation) -> None:
    if operation.returns:
        response = SubElement(schema, "ComplexType", Name=f"{operation.name}Response")
        for name, kind in operation.returns:
            SubElement(response, "Property", Name=name, Type=kind)
    element = SubElement(schema, "Function" if operation.is_function else "Action", Name=operation.name)
    if operation.bound_to:
        element.set("IsBound", "true")
        bound = catalogue[operation.bound_to]
        SubElement(element, "Parameter", Name="entity", Type=f"mscrm.{bound.logical_name}", Nullable="false")
    for name, kind, required in operation.parameters:
        SubElement(element, "Parameter", Name=name, Type=kind, Nullable=str(not required).lower())
    answer = operation.answer or (f"mscrm.{operation.name}Response" if operation.returns else "")
    if answer:
        SubElement(element, "ReturnType", Type=answer, Nullable="false")


def _entity_set(container: Element, entity: Entity) -> None:
    element = SubElement(container, "EntitySet", Name=entity.set_name, EntityType=f"{_NAMESPACE}.{entity.logical_name}")
    for reference in entity.references.values():
        if reference.column.kind is not Kind.OWNER:
            _bind(element, reference.name, reference.target)
    for name, relation in entity.collections.items():
        many = relation.many if isinstance(relation, Relationship) else relation.seen_from(entity.logical_name)[2]
        _bind(element, name, entity.catalogue[many])
    if entity.change_tracking and entity.has_version:
        annotation = SubElement(element, "Annotation", Term=_CHANGE_TRACKING)
        record = SubElement(annotation, "Record")
        SubElement(record, "PropertyValue", Property="Supported", Bool="true")


def _bind(element: Element, path: str, target: Entity) -> None:
    SubElement(element, "NavigationPropertyBinding", Path=path, Target=target.set_name)
