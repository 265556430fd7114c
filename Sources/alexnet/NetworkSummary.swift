import Architecture
import JSON
import Kernels
import Network

/// The layers of a network with their sizes and costs, as a table or as JSON.
struct NetworkSummary {
  private let architecture: Architecture
  private let rows: [LayerSummary]

  init(_ architecture: Architecture) throws(ArchitectureError) {
    self.architecture = architecture
    rows = try architecture.summary()
  }

  private var parameters: Int { rows.reduce(0) { $0 + $1.parameters } }
  private var multiplyAdds: Int { rows.reduce(0) { $0 + $1.multiplyAdds } }
}

// MARK: - Table

extension NetworkSummary {
  func table(_ style: TextStyle) -> String {
    let size = architecture.inputSize
    let header = ["layer", "operation", "output", "parameters", "multiply-adds"]
    let body = rows.map { row in
      [
        row.layer.name, row.layer.operation.text, row.output.text,
        row.parameters == 0 ? "-" : Self.grouped(row.parameters),
        row.multiplyAdds == 0 ? "-" : Self.grouped(row.multiplyAdds),
      ]
    }
    let total = ["total", "", "", Self.grouped(parameters), Self.grouped(multiplyAdds)]
    let widths = header.indices.map { column in
      ([header, total] + body).map { DisplayText.width($0[column]) }.max() ?? 0
    }
    let line = { (cells: [String]) in
      cells.indices.map { column in
        column < 3
          ? DisplayText.padded(cells[column], to: widths[column])
          : DisplayText.rightAligned(cells[column], to: widths[column])
      }.joined(separator: "  ")
    }
    let title =
      "\(architecture.name): \(size)x\(size) RGB in, \(architecture.classCount) classes out"
    return [style.bold(title), "", style.dim(line(header))].map { $0 + "\n" }.joined()
      + body.map { line($0) + "\n" }.joined() + style.bold(line(total)) + "\n"
  }

  /// The number with a comma after every three digits: `62,378,344`.
  static func grouped(_ number: Int) -> String {
    let digits = Array(String(number))
    return digits.enumerated().reduce(into: "") { text, digit in
      if digit.offset > 0, (digits.count - digit.offset) % 3 == 0 { text += "," }
      text.append(digit.element)
    }
  }
}

extension LayerSummary.Extent {
  /// Width, height and channels, in the form of the published table.
  fileprivate var text: String {
    width == 1 && height == 1 ? String(channels) : "\(width)x\(height)x\(channels)"
  }
}

extension LayerSpec.Operation {
  fileprivate var text: String {
    switch self {
    case .convolution(let spec):
      "convolution \(spec.kernel)x\(spec.kernel), \(spec.filters) filters"
        + (spec.stride == 1 ? "" : ", stride \(spec.stride)")
        + (spec.padding == 0 ? "" : ", padding \(spec.padding)")
        + (spec.groups == 1 ? "" : ", \(spec.groups) groups") + ", ReLU"
    case .maxPooling(let pooling):
      "max pooling \(pooling.kernel)x\(pooling.kernel), stride \(pooling.stride)"
    case .normalization(let parameters):
      "local response normalisation, \(parameters.size) channels"
    case .fullyConnected(_, let relu, _):
      "fully connected, " + (relu ? "ReLU" : "softmax")
    }
  }
}

// MARK: - JSON

extension NetworkSummary {
  var json: JSONValue {
    [
      "variant": .string(architecture.name),
      "input": [
        "width": .integer(architecture.inputSize),
        "height": .integer(architecture.inputSize),
        "channels": .integer(Architecture.inputChannels),
      ],
      "classes": .integer(architecture.classCount),
      "layers": .array(rows.map(\.json)),
      "parameters": .integer(parameters),
      "multiply_adds": .integer(multiplyAdds),
    ]
  }
}

extension LayerSummary {
  fileprivate var json: JSONValue {
    let size: JSONValue = [
      "width": .integer(output.width),
      "height": .integer(output.height),
      "channels": .integer(output.channels),
    ]
    return .object(
      [.init("name", .string(layer.name))] + layer.operation.jsonMembers + [
        .init("output", size),
        .init("parameters", .integer(parameters)),
        .init("multiply_adds", .integer(multiplyAdds)),
      ])
  }
}

extension LayerSpec.Operation {
  fileprivate var jsonMembers: [JSONValue.Member] {
    switch self {
    case .convolution(let spec):
      [
        .init("type", .string("convolution")), .init("filters", .integer(spec.filters)),
        .init("kernel", .integer(spec.kernel)), .init("stride", .integer(spec.stride)),
        .init("padding", .integer(spec.padding)), .init("groups", .integer(spec.groups)),
      ]
    case .maxPooling(let pooling):
      [
        .init("type", .string("max_pooling")), .init("kernel", .integer(pooling.kernel)),
        .init("stride", .integer(pooling.stride)),
      ]
    case .normalization(let parameters):
      [
        .init("type", .string("local_response_normalization")),
        .init("size", .integer(parameters.size)),
        .init("alpha", .float(parameters.alpha)), .init("beta", .float(parameters.beta)),
        .init("k", .float(parameters.k)),
        .init("alpha_divided_by_size", .bool(parameters.alphaDividedBySize)),
      ]
    case .fullyConnected(let outputs, let relu, _):
      [
        .init("type", .string("fully_connected")), .init("outputs", .integer(outputs)),
        .init("activation", .string(relu ? "relu" : "softmax")),
      ]
    }
  }
}
