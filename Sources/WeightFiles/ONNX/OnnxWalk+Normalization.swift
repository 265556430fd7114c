import Architecture
import Tensors

extension OnnxWalk {
  /// Reads a local response normalisation that consists of several nodes, as PyTorch exports it:
  /// `x / (k + alpha * mean)^beta`. The mean is that of the squares of neighbouring channels, and
  /// an average pooling along the channels computes it.
  ///
  /// Returns whether `node` is one of these nodes. Source: `local_response_norm` in
  /// `torch/nn/functional.py`.
  mutating func visitNormalization(_ node: OnnxNodeProto) throws(WeightFileError) -> Bool {
    guard let output = node.output.first else { return false }
    if node.opType == "Mul", node.input == [current, current] {
      normalizations[output] = .init(size: 0, alpha: 1, beta: 1, k: 0)
      return true
    }
    guard let name = node.input.first(where: { normalizations[$0] != nil }),
      var step = normalizations[name]
    else { return false }
    let constant = try constants.number(
      ifAny: node.input.first { $0 != name && constants.contains($0) })
    switch node.opType {
    case "Unsqueeze", "Squeeze", "Reshape", "Pad", "Identity", "Cast":
      break
    case "AveragePool":
      step.size = node.ints("kernel_shape")?.max() ?? 0
    case "Mul":
      guard let constant else { return false }
      step.alpha *= constant
    case "Add":
      guard let constant else { return false }
      step.k += constant
    case "Pow":
      guard let constant else { return false }
      step.beta = constant
    case "Div" where node.input == [current, name]:
      append(step.size > 0 ? .normalization(step) : .other(node.title))
      advance(to: output)
      return true
    case "Shape", "Size":
      return true
    default:
      layers.append(.other("\(node.title) beside the chain of layers"))
      return true
    }
    normalizations[output] = step
    return true
  }
}
