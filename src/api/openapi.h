// The description of this interface for machines: OpenAPI 3.0, put together from openapi/*.json.
#pragma once

#include <string_view>

namespace ttq {

extern const std::string_view openapi_document;

}  // namespace ttq
