public import Architecture
import Tensors

extension WeightFile {
  /// The same weights with two outputs in place of the one of `layer`, the last layer of a network
  /// for a yes-or-no question.
  ///
  /// Such networks are trained with a sigmoid, which gives the probability of yes. The softmax of 0
  /// and `z` is the sigmoid of `z`, so that the first output, of no, is 0, and the second is the
  /// one in the file.
  ///
  /// - Throws: ``WeightFileError`` if the layer's tensors are not of floating-point numbers.
  public func withTwoClasses(_ layer: LayerSpec) throws(WeightFileError) -> WeightFile {
    var file = self
    for (index, named) in tensors.enumerated()
    where [layer.weightName, layer.biasName].contains(named.name) {
      let tensor = try naming(named.name, in: .safetensors) { () throws(TensorError) in
        let values = try named.tensor.floats()
        let zeros = [Float](repeating: 0, count: values.count)
        return try Tensor(zeros + values, shape: [2] + named.tensor.shape.dimensions.dropFirst())
      }
      file.tensors[index] = NamedTensor(name: named.name, tensor: tensor)
    }
    return file
  }
}
