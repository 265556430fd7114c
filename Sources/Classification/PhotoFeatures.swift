import Architecture
public import Network
public import Preprocessing

/// The features of a photo, and the digest of its file.
public struct PhotoFeatures: Sendable, Equatable {
  public let values: [Float]
  public let digest: [UInt8]
}

extension Pipeline<PhotoFeatures> {
  /// A pipeline like a ``FeatureExtractor`` that also digests the bytes of each file.
  ///
  /// - Parameter digest: called on many threads with the whole contents of a file.
  public init(
    _ parameters: Parameters, layer: String, precision: Precision, preprocessing: Preprocessing,
    options: ClassifierOptions, digest: @escaping @Sendable (Span<UInt8>) -> [UInt8]
  ) {
    let pictures = ModelPictures(
      preprocessing, inputSize: parameters.architecture.inputSize, options: options)
    let makePass = featurePasses(
      parameters, layer: layer, precision: precision, preprocessing: preprocessing,
      threads: options.threads)
    self.init(
      options: options, pictures: DigestedPictures(pictures: pictures, digest: digest)
    ) { batch, threads in
      DigestedPass(
        AnsweringPass(makePass(batch, threads), imagesPerPicture: 1, answer: { $0 }))
    }
  }
}

/// Makes passes up to a layer of a network, which all share their plans.
func featurePasses(
  _ parameters: Parameters, layer: String, precision: Precision, preprocessing: Preprocessing,
  threads: Int
) -> @Sendable (_ batch: Int, _ threads: Int) -> any ForwardPass {
  let plans = SharedPlans(parameters, through: layer, precision: precision, threads: threads)
  return { batch, threads in
    NetworkPass(
      plans.workspace(batch: batch, threads: threads), preprocessing, Workspace.values)
  }
}

/// Pictures that carry the digests of their files.
private struct DigestedPictures: PictureSource {
  let pictures: ModelPictures
  let digest: @Sendable (Span<UInt8>) -> [UInt8]

  func isPicture(beginning: Span<UInt8>) -> Bool { pictures.isPicture(beginning: beginning) }

  func picture(
    from bytes: Span<UInt8>, memory: FileMemory
  ) throws(ItemFailure) -> Picture {
    var picture = try pictures.picture(from: bytes, memory: memory)
    picture.digest = digest(bytes)
    return picture
  }
}

/// A pass whose answers have the digests of the pictures' files.
private final class DigestedPass: PicturePass {
  private let pass: AnsweringPass<[Float]>
  private var digests: [[UInt8]] = []

  init(_ pass: AnsweringPass<[Float]>) {
    self.pass = pass
  }

  func write(_ picture: Picture, to index: Int) {
    if index == 0 { digests = [] }
    digests.append(picture.digest ?? [])
    pass.write(picture, to: index)
  }

  func forward(count: Int) { pass.forward(count: count) }

  func answer(_ index: Int) throws(ItemFailure) -> PhotoFeatures {
    PhotoFeatures(values: try pass.answer(index), digest: digests[index])
  }
}
