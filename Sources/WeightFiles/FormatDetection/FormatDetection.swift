import Tensors

extension WeightFileFormat {
  /// The format of a file, by its content: names and extensions say too little (`.pth`, `.pt`,
  /// `.bin` and `.npy` are used for several).
  ///
  /// - Throws: ``WeightFileError/unknownFormat``; ``WeightFileError/damaged(_:_:)`` for archives
  ///   whose directory cannot be read.
  public static func detect(_ storage: Storage) throws(WeightFileError) -> WeightFileFormat {
    if storage.has([0x93] + Array("NUMPY".utf8)) { return .numpy }
    if storage.has(Torch.legacyMagic) { return .torch }
    if storage.has([0x50, 0x4B, 3, 4]) { return try archiveFormat(storage) }
    // Text, and what a PDF begins with, can read as the first fields of a protobuf message.
    if storage.has(Array("%PDF".utf8)) || looksLikeText(storage) { throw .unknownFormat }
    if startsLikeSafetensors(storage) { return .safetensors }
    if DeepCompression.recognizes(storage) { return .deepCompression }
    if let format = protobufFormat(storage) { return format }
    throw .unknownFormat
  }

  /// Whether nothing in the beginning is a control character but white space. Weights have zeros
  /// and small numbers there.
  private static func looksLikeText(_ storage: Storage) -> Bool {
    storage.array(0..<min(1024, storage.count))
      .allSatisfy { $0 >= 0x20 && $0 != 0x7F || (0x09...0x0D).contains($0) }
  }

  /// PyTorch's archives have a `data.pkl` in a folder, NumPy's have `.npy` files; other archives
  /// have neither.
  private static func archiveFormat(
    _ storage: Storage
  ) throws(WeightFileError) -> WeightFileFormat {
    let archive = try ZipArchive(storage, format: .torch)
    if archive.entries.contains(where: { $0.name.hasSuffix("/data.pkl") }) { return .torch }
    if archive.entries.contains(where: { $0.name.hasSuffix(".npy") }) { return .numpy }
    throw .unknownFormat
  }

  /// Eight bytes of length, and then a JSON object.
  private static func startsLikeSafetensors(_ storage: Storage) -> Bool {
    guard storage.has([UInt8(ascii: "{")], at: 8) else { return false }
    // Headers are well below 4 GB.
    return storage.has([0, 0, 0, 0], at: 4)
  }

  /// Both are protobuf messages without a magic number. An ONNX model begins with a version as a
  /// number (field 1) and has a graph (field 7); a Caffe network begins with a name as a string
  /// (field 1) and has layers (fields 2 or 100).
  private static func protobufFormat(_ storage: Storage) -> WeightFileFormat? {
    var reader = ByteReader(storage, format: .onnx)
    // A file that was cut off is still of its format: what was read till then decides.
    for _ in 0..<64 {
      guard reader.remaining > 0, let key = try? reader.wireKey("a field") else { return nil }
      switch (key.number, key.kind) {
      case (1, .varint), (7, .lengthDelimited): return .onnx
      case (1, .lengthDelimited), (100, .lengthDelimited), (3, .lengthDelimited): return .caffe
      case (2, .lengthDelimited):
        // A layer, or the name of the program that wrote the model, which is text.
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
  ///   - externalData: Gives the content of a file beside this one, by its checked relative name:
  ///     ONNX models may keep their weights in one. Nil refuses such models.
  /// - Throws: ``WeightFileError``, the format's own or ``WeightFileError/unknownFormat``.
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
