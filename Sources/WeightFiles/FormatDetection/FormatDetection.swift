import Tensors

extension WeightFileFormat {
  /// The format of a file, found from its content. The file's name does not matter, because
  /// extensions such as `.pth`, `.pt`, `.bin` and `.npy` are used for several formats.
  ///
  /// - Throws: ``WeightFileError/otherFile(_:)`` for files of other known kinds,
  ///   ``WeightFileError/unknownFormat`` for all others; ``WeightFileError/damaged(_:_:)`` for
  ///   archives whose directory cannot be read.
  public static func detect(_ storage: Storage) throws(WeightFileError) -> WeightFileFormat {
    if let format = try format(of: storage) { return format }
    if let other = OtherFile(storage) { throw .otherFile(other) }
    throw .unknownFormat
  }

  /// The format; nil if it is none of them.
  private static func format(
    of storage: Storage
  ) throws(WeightFileError) -> WeightFileFormat? {
    if storage.has([0x93] + Array("NUMPY".utf8)) { return .numpy }
    if Torch.legacyMagicEnd(storage) != nil { return .torch }
    if storage.has([0x50, 0x4B, 3, 4]) { return try archiveFormat(storage) }
    // The beginning of a text or a PDF file can look like the first fields of a protobuf message.
    if storage.has(Array("%PDF".utf8)) || looksLikeText(storage) { return nil }
    if startsLikeSafetensors(storage) { return .safetensors }
    if DeepCompression.recognizes(storage) { return .deepCompression }
    return OtherFile(protobuf: storage) == nil ? protobufFormat(storage) : nil
  }

  /// Whether the first 1024 bytes have no control characters except white space. Weight files have
  /// zeros and other small numbers there.
  private static func looksLikeText(_ storage: Storage) -> Bool {
    storage.array(0..<min(1024, storage.count))
      .allSatisfy { $0 >= 0x20 && $0 != 0x7F || (0x09...0x0D).contains($0) }
  }

  /// The format of a zip archive: PyTorch's archives have a `data.pkl` in a folder, and NumPy's
  /// have `.npy` files.
  private static func archiveFormat(
    _ storage: Storage
  ) throws(WeightFileError) -> WeightFileFormat? {
    let archive = try ZipArchive(storage, format: .torch)
    if archive.entries.contains(where: { $0.name.hasSuffix("/data.pkl") }) { return .torch }
    if archive.entries.contains(where: { $0.name.hasSuffix(".npy") }) { return .numpy }
    return nil
  }

  /// Whether the file begins with a header length of eight bytes and then `{`.
  private static func startsLikeSafetensors(_ storage: Storage) -> Bool {
    guard storage.has([UInt8(ascii: "{")], at: 8) else { return false }
    // Headers are well below 4 GB.
    return storage.has([0, 0, 0, 0], at: 4)
  }

  /// Caffe or ONNX; nil if the file is neither. Both are protobuf messages without a magic number.
  /// An ONNX model has a version as a number (field 1) and a graph (field 7). A Caffe network has a
  /// name as a string (field 1) and layers (field 2 or 100).
  private static func protobufFormat(_ storage: Storage) -> WeightFileFormat? {
    var reader = ByteReader(storage, format: .onnx)
    // One of the first fields decides. Bytes before it that are not protobuf fields belong to no
    // known format, so the error of reading them says no more than nil does.
    for _ in 0..<64 {
      guard reader.remaining > 0, let key = try? reader.wireKey("a field") else { return nil }
      switch (key.number, key.kind) {
      case (1, .varint), (7, .lengthDelimited): return .onnx
      case (1, .lengthDelimited), (100, .lengthDelimited), (3, .lengthDelimited): return .caffe
      case (2, .lengthDelimited):
        // In Caffe's messages this is a layer. In ONNX's it is the name of the program that wrote
        // the model, which is short text, so a field that reaches past the end is a layer.
        guard let content = try? reader.lengthDelimited("a field") else { return .caffe }
        let bytes = storage.array(content.lowerBound..<content.lowerBound + min(64, content.count))
        if !bytes.allSatisfy({ (0x20..<0x7F).contains($0) }) { return .caffe }
      default:
        guard (try? reader.skipValue(of: key, "a field")) != nil else { return nil }
      }
    }
    return nil
  }
}

extension ModelFile {
  /// Reads a file of any format.
  ///
  /// - Parameters:
  ///   - storage: The whole file, mapped or read.
  ///   - externalData: Returns the content of a file in the folder of this one, given its relative
  ///     name, which has no `..` in it. ONNX models may keep their weights in such a file. If it is
  ///     nil, such models are refused.
  /// - Throws: ``WeightFileError``.
  public static func read(
    _ storage: Storage, externalData: ExternalData? = nil
  ) throws(WeightFileError) -> ModelFile {
    switch try WeightFileFormat.detect(storage) {
    case .safetensors:
      ModelFile(
        weights: try Safetensors.read(storage),
        description: NetworkDescription(format: .safetensors))
    case .caffe: try Caffe.read(storage)
    case .onnx: try ONNX.read(storage, externalData: externalData)
    case .torch: try Torch.read(storage)
    case .numpy: try NumPy.read(storage)
    case .deepCompression: try DeepCompression.read(storage)
    }
  }
}

/// The content of a file beside a model, by its name.
public typealias ExternalData = @Sendable (String) throws(WeightFileError) -> Storage
