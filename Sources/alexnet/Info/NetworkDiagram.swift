import Architecture

/// A network as a figure: one block for the input and for each layer, in the order in which they
/// run, with sizes, windows and parameters below them.
///
/// A block is as high as its maps are, by the square root, and as thick as it has channels. It is
/// an SVG file that follows the light or dark appearance of the page or the program that shows it.
struct NetworkDiagram {
  private let architecture: Architecture
  private let rows: [LayerSummary]

  init(_ architecture: Architecture) throws(ArchitectureError) {
    self.architecture = architecture
    rows = try architecture.summary()
  }

  /// What one column shows.
  private struct Block {
    let kind: Kind
    let name: String
    let output: LayerSummary.Extent
    let lines: [String]
  }

  fileprivate enum Kind: String {
    case input, convolution, pooling, normalization, connected
  }

  // All lengths are in units of the SVG file.
  private static let highest = 190.0
  private static let thickest = 46.0
  /// How far the back of a block is moved up and to the right, for each unit of its height.
  private static let slant = 0.28
  private static let lineHeight = 16.0
  private static let characterWidth = 6.3
  private static let margin = 20.0
  private static let gap = 14.0
  private static let titleHeight = 34.0

  private var blocks: [Block] {
    let size = architecture.inputSize
    let input = Block(
      kind: .input, name: "input",
      output: LayerSummary.Extent(
        channels: Architecture.inputChannels, height: size, width: size), lines: ["picture, RGB"])
    return [input]
      + rows.map { row in
        var lines = row.layer.operation.diagramLines
        if row.parameters > 0 { lines.append(NetworkSummary.grouped(row.parameters) + " par.") }
        return Block(
          kind: row.layer.operation.kind, name: row.layer.name, output: row.output, lines: lines)
      }
  }

  /// The text of the file.
  var svg: String {
    let blocks = blocks
    let widths = blocks.map { columnWidth($0) }
    let width = widths.reduce(2 * Self.margin, +) + Self.gap * Double(blocks.count - 1)
    let lines = (blocks.map { $0.lines.count }.max() ?? 0) + 2
    let middle = Self.titleHeight + Self.margin + Self.highest * (1 + Self.slant) / 2 + 10
    let labels = middle + Self.highest * (1 + Self.slant) / 2 + 26
    let height = labels + Double(lines) * Self.lineHeight + Self.margin
    var text = Self.head(width: width, height: height)
    text += Self.text(title, x: Self.margin, y: 28, style: "title", anchor: "start")
    var left = Self.margin
    for (block, column) in zip(blocks, widths) {
      text += drawing(of: block, center: left + column / 2, middle: middle)
      var y = labels
      text += Self.text(block.name, x: left + column / 2, y: y, style: "name")
      for line in [block.output.diagramText] + block.lines {
        y += Self.lineHeight
        text += Self.text(line, x: left + column / 2, y: y, style: "line")
      }
      left += column + Self.gap
    }
    return text + "</svg>\n"
  }

  private var title: String {
    let parameters = rows.reduce(0) { $0 + $1.parameters }
    let operations = rows.reduce(0) { $0 + $1.multiplyAdds }
    return "\(architecture.name): \(architecture.classCount) classes, "
      + "\(NetworkSummary.grouped(parameters)) parameters, "
      + "\(NetworkSummary.grouped(operations)) multiply-adds"
  }

  // MARK: - Blocks

  private func columnWidth(_ block: Block) -> Double {
    let texts = [block.name, block.output.diagramText] + block.lines
    let text = texts.map { Double(DisplayText.width($0)) * Self.characterWidth }.max() ?? 0
    let size = size(of: block)
    return max(text, size.thickness + size.height * Self.slant)
  }

  private func size(of block: Block) -> (height: Double, thickness: Double) {
    func share(_ value: Int, of largest: Int) -> Double {
      largest > 0 ? Double(value) / Double(largest) : 0
    }
    if block.kind == .connected {
      let largest = rows.filter(\.layer.isFullyConnected).map(\.output.channels).max() ?? 1
      let part = share(block.output.channels, of: largest).squareRoot()
      return (24 + (Self.highest - 40) * part, 12)
    }
    let channels = rows.filter { !$0.layer.isFullyConnected }.map(\.output.channels).max() ?? 1
    let part = share(block.output.height, of: architecture.inputSize).squareRoot()
    return (
      max(12, Self.highest * min(1, part)),
      4 + Self.thickest * min(1, share(block.output.channels, of: channels))
    )
  }

  /// The front, the top and the right side of a block.
  private func drawing(of block: Block, center: Double, middle: Double) -> String {
    let (height, thickness) = size(of: block)
    let depth = block.kind == .connected ? 6 : height * Self.slant
    let left = center - (thickness + depth) / 2
    let top = middle - (height - depth) / 2
    let (right, bottom) = (left + thickness, top + height)
    let front = [(left, top), (right, top), (right, bottom), (left, bottom)]
    let lid = [
      (left, top), (left + depth, top - depth), (right + depth, top - depth), (right, top),
    ]
    let side = [
      (right, top), (right + depth, top - depth), (right + depth, bottom - depth), (right, bottom),
    ]
    return "<g class=\"\(block.kind.rawValue)\">"
      + Self.polygon(side, shade: "0.55") + Self.polygon(lid, shade: "0.75")
      + Self.polygon(front, shade: "1") + "</g>\n"
  }

  private static func polygon(_ points: [(Double, Double)], shade: String) -> String {
    let path = points.map { "\(number($0.0)),\(number($0.1))" }.joined(separator: " ")
    return "<polygon points=\"\(path)\" fill-opacity=\"\(shade)\"/>"
  }

  // MARK: - SVG

  private static func head(width: Double, height: Double) -> String {
    """
    <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(number(width)) \(number(height))" \
    width="\(number(width))" height="\(number(height))" font-family="sans-serif">
    <style>
    .page { fill: #ffffff } text { fill: #24292f } polygon { stroke: #ffffff; stroke-width: 1 }
    .title { font-size: 17px; font-weight: bold } .name { font-size: 13px; font-weight: bold }
    .line { font-size: 11px }
    .input { fill: #8250df } .convolution { fill: #0969da } .pooling { fill: #bc4c00 }
    .normalization { fill: #6e7781 } .connected { fill: #1a7f37 }
    @media (prefers-color-scheme: dark) {
    .page { fill: #0d1117 } text { fill: #e6edf3 } polygon { stroke: #0d1117 }
    .input { fill: #a371f7 } .convolution { fill: #58a6ff } .pooling { fill: #f0883e }
    .normalization { fill: #8b949e } .connected { fill: #3fb950 }
    }
    </style>
    <rect class="page" width="100%" height="100%"/>

    """
  }

  private static func text(
    _ text: String, x: Double, y: Double, style: String, anchor: String = "middle"
  ) -> String {
    "<text class=\"\(style)\" x=\"\(number(x))\" y=\"\(number(y))\" text-anchor=\"\(anchor)\">"
      + escaped(text) + "</text>\n"
  }

  /// The text as the contents of an element (XML 1.0, sections 2.2 and 2.4). Characters that XML
  /// does not allow become question marks.
  static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{FFFE}", "\u{FFFF}": result += "?"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// In tenths of a unit.
  private static func number(_ value: Double) -> String {
    let tenths = Int((value * 10).rounded())
    return tenths % 10 == 0 ? String(tenths / 10) : "\(tenths / 10).\(abs(tenths % 10))"
  }
}

extension LayerSummary.Extent {
  fileprivate var diagramText: String {
    width == 1 && height == 1 ? String(channels) : "\(width) × \(height) × \(channels)"
  }
}

extension LayerSpec.Operation {
  fileprivate var diagramLines: [String] {
    switch self {
    case .convolution(let spec):
      ["\(spec.kernel) × \(spec.kernel), stride \(spec.stride)"]
        + (spec.padding == 0 ? [] : ["padding \(spec.padding)"])
        + (spec.groups == 1 ? [] : ["\(spec.groups) groups"]) + ["ReLU"]
    case .maxPooling(let spec): ["max \(spec.kernel) × \(spec.kernel)", "stride \(spec.stride)"]
    case .normalization(let spec): ["response", "\(spec.size) channels"]
    case .fullyConnected(_, let relu, _): ["connected", relu ? "ReLU" : "softmax"]
    }
  }
}

extension LayerSpec.Operation {
  fileprivate var kind: NetworkDiagram.Kind {
    switch self {
    case .convolution: .convolution
    case .maxPooling: .pooling
    case .normalization: .normalization
    case .fullyConnected: .connected
    }
  }
}
