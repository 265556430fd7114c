import Classification
import Images
import Preprocessing
import Threads

/// Makes the pictures that the network sees: augmented ones of training photos, and exactly those
/// of classification for validation photos.
struct PicturePreparation: Sendable {
  let reader: PhotoReader
  let augmentation: Augmentation
  let components: ColorComponents
  let seed: UInt64
  /// Height and width of the network's input.
  let inputSize: Int

  /// - Parameter training: the photos whose colours ``Augmentation/colorShift`` follows.
  init(
    _ training: TrainingPhotos, settings: TrainingSettings, reader: PhotoReader, inputSize: Int
  ) {
    self.reader = reader
    augmentation = settings.augmentation
    seed = settings.seed
    self.inputSize = inputSize
    var pictures: [RGBImage] = []
    if augmentation.colorShift > 0 {
      let count = training.photos.count
      let sample = min(Self.colorSample, count)
      for place in 0..<sample {
        // The colours of the others are enough where one can no longer be read.
        if let picture = try? training.picture(place * count / sample, reader: reader) {
          pictures.append(picture)
        }
      }
    }
    components = ColorComponents(of: pictures)
  }

  /// How many photos give the components of the colours.
  private static let colorSample = 200

  /// An augmented picture of `size` x `size` pixels. Its changes depend on the seed, the photo and
  /// the view alone.
  func augmented(
    _ photos: TrainingPhotos, _ index: Int, view: Int, size: Int
  ) throws(ItemFailure) -> RGBImage {
    let picture = try photos.picture(index, reader: reader)
    var random = RandomStream(seed: seed, .augmentation, UInt64(view), UInt64(index))
    let draw = AugmentationDraw(
      augmentation, aspect: Double(picture.width) / Double(picture.height), random: &random)
    return draw.pixels(
      of: picture, width: size, height: size, crop: inputSize, components: components,
      random: &random)
  }

  /// Augmented pictures, in the order of the request; a failure for a photo that can no longer be
  /// read.
  func augmented(
    _ photos: TrainingPhotos, _ request: PictureRequest, pool: WorkerPool
  ) -> [PictureResult] {
    pool.map(request.views.count) { place in
      let view = request.views[place]
      return Result { () throws(ItemFailure) in
        try augmented(photos, view.image, view: view.number, size: request.size)
      }
    }
  }

  /// The pictures of some photos as classification sees them.
  func exact(
    _ photos: TrainingPhotos, _ indices: [Int], pool: WorkerPool
  ) -> [PictureResult] {
    pool.map(indices.count) { index in
      Result { () throws(ItemFailure) in
        try reader.exactPicture(of: photos.photos[indices[index]].photo)
      }
    }
  }
}
