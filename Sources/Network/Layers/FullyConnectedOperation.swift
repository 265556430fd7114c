import Architecture
import Kernels
import Tensors
import Threads

/// A fully connected layer with its checked tensors: what becomes a ``HeadLayer`` once the
/// precision and the instruction set are chosen.
struct FullyConnectedOperation: Sendable {
  let row: LayerSummary
  /// `[out, in]`.
  let weights: WeightMatrix
  let bias: [Float]
  let relu: Bool

  /// The layer in float32.
  func floatLayer(_ kernels: InstructionSet) -> any HeadLayer {
    if case .sparse(let matrix) = weights { return sparseLayer(matrix, kernels) }
    return FullyConnected(weights, bias: bias, relu: relu, kernels: kernels)
  }

  /// The layer with bfloat16 weights. A pruned layer computes in float32.
  func bfloat16Layer(_ kernels: InstructionSet) -> any HeadLayer {
    if case .sparse(let matrix) = weights { return sparseLayer(matrix, kernels) }
    return BFloat16FullyConnected(weights, bias: bias, relu: relu, kernels: kernels)
  }

  /// The layer with 8-bit weights and inputs. It computes in float32 if the kernels do not support
  /// its size.
  ///
  /// - Parameter inputScale: the value of one step of an input byte.
  func byteLayer(inputScale: Float, _ kernels: InstructionSet) -> any HeadLayer {
    switch weights {
    case .sparse(let matrix):
      guard QuantizedSparseFullyConnected.supports(inputs: row.input.count) else { break }
      return QuantizedSparseFullyConnected(
        matrix, bias: bias, inputScale: inputScale, relu: relu, kernels: kernels)
    case .quantized(let values, let scales):
      guard QuantizedFullyConnected.supports(inputs: row.input.count) else { break }
      return QuantizedFullyConnected(
        weights: values, scales: scales, bias: bias, inputScale: inputScale, relu: relu,
        kernels: kernels)
    case .dense(let tensor):
      guard QuantizedFullyConnected.supports(inputs: row.input.count) else { break }
      let quantized = QuantizedWeights(tensor.floats(), outputs: row.output.channels)
      return QuantizedFullyConnected(
        weights: Tensor(int8: quantized.values, shape: tensor.shape), scales: quantized.scales,
        bias: bias, inputScale: inputScale, relu: relu, kernels: kernels)
    }
    return floatLayer(kernels)
  }

  private func sparseLayer(
    _ matrix: SparseMatrix, _ kernels: InstructionSet
  ) -> SparseFullyConnected {
    SparseFullyConnected(matrix, bias: bias, relu: relu, kernels: kernels)
  }
}

extension FullyConnected: HeadLayer {}
extension BFloat16FullyConnected: HeadLayer {}
extension SparseFullyConnected: HeadLayer {}
extension QuantizedFullyConnected: ByteHeadLayer {}
extension QuantizedSparseFullyConnected: ByteHeadLayer {}
