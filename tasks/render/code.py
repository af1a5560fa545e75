"""How templates become Python: look-ups that know their names, and steps that are counted."""

from __future__ import annotations

from typing import Any

from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame, operators

from tasks.render.bounds import is_metered
from tasks.render.metered import alone
from tasks.render.variables import is_method, is_user_attribute, written


class MessageCode(CodeGenerator):
    """Compile look-ups so that what they miss is told as the template writes it."""

    _called: nodes.Node | None = None
    _is_metered = False

    def visit_Template(self, node: nodes.Template, frame: Frame | None = None) -> None:  # noqa: N802 (jinja2's name)
        """Write a template, counting steps in it only where its length does not bound them."""
        self._is_metered = is_metered(node)
        if self._is_metered:
            self._finalize = self._FinalizeInfo(None, "environment.counted(context, ")
        else:
            self._leave_light_work_uncounted(node)
        super().visit_Template(node, frame)

    def _leave_light_work_uncounted(self, template: nodes.Template) -> None:
        known = {nodes.Filter: self.environment.filters, nodes.Test: self.environment.tests}
        for node in template.find_all((nodes.Filter, nodes.Test)):
            if alone(node.name) in known[type(node)]:
                node.name = alone(node.name)

    def _output_child_to_const(self, node: nodes.Expr, frame: Frame, finalize: Any) -> str:
        """Fold nothing but literal text: what an expression costs is counted when it is written."""
        if not isinstance(node, nodes.TemplateData):
            raise nodes.Impossible
        return node.data

    def visit_Operand(self, node: nodes.Operand, frame: Frame) -> None:  # noqa: N802 (jinja2's name)
        """Write what is compared, weighed: large values are compared for long."""
        self.write(f" {operators[node.op]} ")
        self._visit_weighed(node.expr, frame)

    def visit_Compare(self, node: nodes.Compare, frame: Frame) -> None:  # noqa: N802 (jinja2's name)
        """Write a comparison."""
        self.write("(")
        self._visit_weighed(node.expr, frame)
        for operand in node.ops:
            self.visit(operand, frame)
        self.write(")")

    def visit_Dict(self, node: nodes.Dict, frame: Frame) -> None:  # noqa: N802 (jinja2's name)
        """Write a mapping, its keys weighed: of tuples in tuples each has to be hashed."""
        self.write("{")
        for item in node.items:
            self._visit_weighed(item.key, frame)
            self.write(": ")
            self.visit(item.value, frame)
            self.write(", ")
        self.write("}")

    def _visit_weighed(self, node: nodes.Node, frame: Frame) -> None:
        is_weighed = self._is_metered and not isinstance(node, nodes.Const)
        self.write("environment.weighed(context, " if is_weighed else "(")
        self.visit(node, frame)
        self.write(")")

    def visit_Call(  # noqa: N802 (jinja2's name)
        self, node: nodes.Call, frame: Frame, forward_caller: bool = False
    ) -> None:
        """Write a call, remembering what is called."""
        self._called = node.node
        super().visit_Call(node, frame, forward_caller=forward_caller)

    def visit_Getattr(self, node: nodes.Getattr, frame: Frame) -> None:  # noqa: N802 (jinja2's name)
        """Write `x.name`; an attribute of the user is an item, whatever methods mappings have."""
        is_called = node is self._called
        is_item = is_user_attribute(node.node) and not (is_called and is_method(node))
        look_up = "item" if is_item else "method" if is_called else "member"
        self.write(f"environment.{look_up}(")
        self.visit(node.node, frame)
        self.write(f", {node.attr!r}, {written(node)!r})")

    def visit_Getitem(self, node: nodes.Getitem, frame: Frame) -> None:  # noqa: N802 (jinja2's name)
        """Write `x[key]`."""
        if isinstance(node.arg, nodes.Slice):
            self.write("environment.weighed(context, " if self._is_metered else "(")
            super().visit_Getitem(node, frame)
            self.write(")")
            return
        self.write("environment.item(")
        self.visit(node.node, frame)
        self.write(", ")
        self.visit(node.arg, frame)
        self.write(f", {written(node)!r})")

    def visit_Concat(self, node: nodes.Concat, frame: Frame) -> None:  # noqa: N802 (jinja2's name)
        """Write `a ~ b`, which joins values as they are printed."""
        self.write("environment.joined(context, (")
        for part in node.nodes:
            self.visit(part, frame)
            self.write(", ")
        self.write("))")
