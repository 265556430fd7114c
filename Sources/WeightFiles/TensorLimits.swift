/// Limits for the names and shapes in a file.
///
/// In some formats a small file can list the same tensor a million times, so that the list would
/// take far more memory than the file. Real files of an AlexNet are far below these limits.
enum TensorLimits {
  /// The most tensors of a file. An AlexNet has 16; a checkpoint of one may hold several copies.
  static let tensors = 4096

  /// The most bytes of a tensor's or a layer's name.
  static let nameLength = 512

  /// The most dimensions of a tensor.
  static let dimensions = 64

  /// The most values of a header in JSON: for each tensor its dimensions, and ten others.
  static let headerValues = tensors * (dimensions + 10)

  /// Throws if a file that already has `count` tensors may not have one more, or if the name is too
  /// long.
  static func check(
    _ name: String, after count: Int, in format: WeightFileFormat
  ) throws(WeightFileError) {
    guard count < tensors else {
      throw .unsupported(
        format, "it names more than \(tensors) tensors, far more than any AlexNet has")
    }
    guard name.utf8.count <= nameLength else {
      throw .damaged(format, "a tensor's name has more than \(nameLength) bytes")
    }
  }
}
