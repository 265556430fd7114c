import Architecture

/// Finds the architecture's names of tensors from their shapes alone, for files in which other
/// modules were put around layers, or layers have names of their own.
///
/// Every layer of the file must have the shapes of one layer of the architecture, and none may be
/// left over. Layers of the same shapes are taken in the order of their names, in which numbers are
/// compared as numbers.
struct ShapeNames {
  /// A layer of the file: the tensors whose names differ only in `weight` and `bias`.
  private struct Layer {
    let parts: [Substring]
    var weight: Int?
    var bias: Int?
  }

  /// The architecture's names for the tensors; nil if they do not fit it one by one.
  ///
  /// - Parameters:
  ///   - tensors: the tensors of the file.
  ///   - rows: the layers of the architecture.
  ///   - classLayer: the layer that may have any number of outputs.
  static func names(
    for tensors: [NamedShape], rows: [LayerSummary], classLayer: LayerSpec?
  ) -> [String]? {
    let rows = rows.filter { $0.weightDimensions != nil }
    guard var layers = layers(of: tensors), layers.count == rows.count else { return nil }
    layers.sort { precedes($0.parts, $1.parts) }
    var names = tensors.map(\.name)
    for row in rows {
      let found = layers.firstIndex { layer in
        fits(layer, tensors, row, anyOutputs: row.layer == classLayer)
      }
      guard let found, let weight = layers[found].weight, let bias = layers[found].bias else {
        return nil
      }
      names[weight] = row.layer.weightName
      names[bias] = row.layer.biasName
      layers.remove(at: found)
    }
    return names
  }

  /// The layers of a file; nil if a tensor is neither weight nor bias, or if there are two of one.
  private static func layers(of tensors: [NamedShape]) -> [Layer]? {
    var layers: [String: Layer] = [:]
    for (index, tensor) in tensors.enumerated() {
      var parts = TensorNames.parts(of: tensor.name)
      guard let last = parts.popLast(), let kind = TensorNames.suffixes[last.lowercased()] else {
        return nil
      }
      var layer = layers[parts.joined(separator: ".")] ?? Layer(parts: parts)
      guard (kind == "weight" ? layer.weight : layer.bias) == nil else { return nil }
      if kind == "weight" { layer.weight = index } else { layer.bias = index }
      layers[parts.joined(separator: ".")] = layer
    }
    return Array(layers.values)
  }

  private static func fits(
    _ layer: Layer, _ tensors: [NamedShape], _ row: LayerSummary, anyOutputs: Bool
  ) -> Bool {
    guard let expected = row.weightDimensions, let weight = layer.weight, let bias = layer.bias
    else { return false }
    let found = tensors[weight].dimensions
    guard let outputs = found.first, outputs > 0, tensors[bias].dimensions == [outputs] else {
      return false
    }
    return found.dropFirst() == expected.dropFirst() && (anyOutputs || outputs == expected.first)
  }

  private static func precedes(_ left: [Substring], _ right: [Substring]) -> Bool {
    for (left, right) in zip(left, right) where left != right {
      if let left = Int(left), let right = Int(right) { return left < right }
      return left < right
    }
    return left.count < right.count
  }
}
