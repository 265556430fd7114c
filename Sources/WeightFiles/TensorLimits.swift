/// Limits for the names and shapes in a file, which do not depend on the file's size.
///
/// A file can name the same bytes a million times over, so that the names, and what is noted of
/// each, outgrow the file by far. No file of an AlexNet comes near these limits.
enum TensorLimits {
  /// The most tensors of a file. An AlexNet has 16; a checkpoint of one may hold several copies.
  static let tensors = 4096

  /// The most bytes of a tensor's or a layer's name.
  static let nameLength = 512

  /// The most dimensions of a tensor.
  static let dimensions = 64

  /// Refuses another tensor of that name where there are too many or the name is too long.
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
