import Architecture
import Kernels
import Network

/// The layers of a network with what they cost, as a table or as JSON.
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
        row.parameters == 0 ? "-" : grouped(row.parameters),
        row.multiplyAdds == 0 ? "-" : grouped(row.multiplyAdds),
      ]
    }
    let total = ["total", "", "", grouped(parameters), grouped(multiplyAdds)]
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

  /// Digits in threes, parted by commas.
  private func grouped(_ number: Int) -> String {
    let digits = Array(String(number))
    return digits.enumerated().reduce(into: "") { text, digit in
      if digit.offset > 0, (digits.count - digit.offset) % 3 == 0 { text += "," }
      text.append(digit.element)
    }
  }
}

extension LayerSummary.Extent {
  /// Width, height and depth, as the published table has them.
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
    .object([
      ("variant", .string(architecture.name)),
      (
        "input",
        .object([
          ("width", .integer(architecture.inputSize)),
          ("height", .integer(architecture.inputSize)),
          ("channels", .integer(Architecture.inputChannels)),
        ])
      ),
      ("classes", .integer(architecture.classCount)),
      ("layers", .array(rows.map(\.json))),
      ("parameters", .integer(parameters)),
      ("multiply_adds", .integer(multiplyAdds)),
    ])
  }
}

extension LayerSummary {
  fileprivate var json: JSONValue {
    .object(
      [("name", .string(layer.name))] + layer.operation.jsonMembers + [
        (
          "output",
          .object([
            ("width", .integer(output.width)), ("height", .integer(output.height)),
            ("channels", .integer(output.channels)),
          ])
        ),
        ("parameters", .integer(parameters)),
        ("multiply_adds", .integer(multiplyAdds)),
      ])
  }
}

extension LayerSpec.Operation {
  fileprivate var jsonMembers: [(key: String, value: JSONValue)] {
    switch self {
    case .convolution(let spec):
      [
        ("type", .string("convolution")), ("filters", .integer(spec.filters)),
        ("kernel", .integer(spec.kernel)), ("stride", .integer(spec.stride)),
        ("padding", .integer(spec.padding)), ("groups", .integer(spec.groups)),
      ]
    case .maxPooling(let pooling):
      [
        ("type", .string("max_pooling")), ("kernel", .integer(pooling.kernel)),
        ("stride", .integer(pooling.stride)),
      ]
    case .normalization(let parameters):
      [
        ("type", .string("local_response_normalization")), ("size", .integer(parameters.size)),
        ("alpha", .number(parameters.alpha)), ("beta", .number(parameters.beta)),
        ("k", .number(parameters.k)),
        ("alpha_divided_by_size", .bool(parameters.alphaDividedBySize)),
      ]
    case .fullyConnected(let outputs, let relu, _):
      [
        ("type", .string("fully_connected")), ("outputs", .integer(outputs)),
        ("activation", .string(relu ? "relu" : "softmax")),
      ]
    }
  }
}
