"""The roles that every SwarmUI has, each with its rights and those of the role before it."""

from __future__ import annotations

from typing import Final

_GUEST: Final = (
    "fundamental_model_access use_tokenizer fundamental_generate_tab_access read_user_settings"
    " fundamental"
)
_USER: Final = (
    "model_params param_video param_controlnet basic_image_generation basic_text_generation"
    " view_image_history user_delete_image user_star_images edit_user_settings edit_params"
    " manage_presets utilities_tab simple_tab user_tab"
)
_POWERUSER: Final = (
    "view_server_tab view_backends_list restart_backends control_model_refresh install_features"
    " create_tensorrt extra_loras control_mem_clean load_models_now edit_wildcards"
    " edit_model_metadata download_models reset_metadata pickle2safetensors delete_models"
    " param_backend_type param_backend_id comfy_direct_calls comfy_backend_generate"
    " comfy_dynamic_custom_workflows comfy_stored_custom_workflows comfy_read_workflows"
    " comfy_edit_workflows"
)
_ADMIN: Final = (
    "interrupt_others restart read_server_settings edit_server_settings view_logs"
    " read_server_info_panels admin_debug manage_extensions view_others_outputs"
    " add_remove_backends edit_backends toggle_backends"
)
_OWNER: Final = (
    "* server_debug_message install manage_users configure_roles shutdown automated_control"
    " local_image_folder"
)


def _roles() -> dict[str, frozenset[str]]:
    held: frozenset[str] = frozenset()
    roles = {}
    for name, added in (
        ("guest", _GUEST),
        ("user", _USER),
        ("poweruser", _POWERUSER),
        ("admin", _ADMIN),
        ("owner", _OWNER),
    ):
        held |= set(added.split())
        roles[name] = held
    return roles


ROLES: Final = _roles()

# Names that nobody may take, besides `local`.
RESERVED_NAMES: Final = {
    *("shared", "local", "admin", "owner", "moderator", "user", "users", "poweruser", "guest"),
    *("guests", "registered", "login", "account", "system", "root", "role", "roles", "tracked"),
    *("permission", "permissions"),
}
