extension OnnxNodeProto {
  /// The name of the node in error messages.
  var title: String { name.isEmpty ? opType : "\(opType) (\(name))" }

  func attribute(_ name: String) -> OnnxAttributeProto? {
    attribute.first { $0.name == name }
  }

  func int(_ name: String, _ standard: Int) -> Int {
    attribute(name).map { Int($0.i) } ?? standard
  }

  func float(_ name: String, _ standard: Float) -> Float {
    attribute(name).map(\.f) ?? standard
  }

  func ints(_ name: String) -> [Int]? {
    attribute(name).map { $0.ints.map { Int($0) } }
  }

  /// The name of input `index`; nil if the node has no such input.
  func input(_ index: Int) -> String? {
    input.indices.contains(index) && !input[index].isEmpty ? input[index] : nil
  }

  /// The largest height, width or padding that is read. No image is as large, and sums of several
  /// such numbers do not overflow.
  static let maxExtent = 1 << 20

  /// The value of an attribute that lists one value for the height and one for the width; nil if
  /// these differ. `standard` is returned if the attribute is missing.
  func square(_ name: String, _ standard: Int) -> Int? {
    guard let values = ints(name), let first = values.first else { return standard }
    return values.count == 2 && values[1] == first ? first : nil
  }

  /// How many pixels are added above and to the left (`before`), and below and to the right
  /// (`after`), of an input of `size`. Nil if the padding of height and width differs, or if it
  /// depends on the size and the size is not known.
  ///
  /// Source: `auto_pad` and `pads` of Conv and MaxPool in ONNX's Operators.md.
  func padding(kernel: Int, stride: Int, size: Int?) -> (before: Int, after: Int)? {
    let mode = attribute("auto_pad").map { String(decoding: $0.s, as: UTF8.self) } ?? "NOTSET"
    switch mode {
    case "NOTSET", "":
      guard let pads = ints("pads") else { return (0, 0) }
      guard pads.count == 4, pads[0] == pads[1], pads[2] == pads[3],
        pads.allSatisfy({ (0...Self.maxExtent).contains($0) })
      else { return nil }
      return (pads[0], pads[2])
    case "VALID":
      return (0, 0)
    case "SAME_UPPER", "SAME_LOWER":
      guard let size, stride > 0, (1...size).contains(kernel), stride <= size else { return nil }
      let outputs = (size + stride - 1) / stride
      let total = max((outputs - 1) * stride + kernel - size, 0)
      let (less, more) = (total / 2, total - total / 2)
      return mode == "SAME_UPPER" ? (less, more) : (more, less)
    default:
      return nil
    }
  }
}
