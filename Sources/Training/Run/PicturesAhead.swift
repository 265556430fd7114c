import Classification
import Images
import Threads

/// A picture, or why there is none.
typealias PictureResult = Result<RGBImage, ItemFailure>

/// A photo as it looks in one of its augmented views.
struct PhotoView: Sendable, Equatable {
  var image: Int
  /// Another number gives other random changes.
  var number: Int
}

/// Augmented pictures that are wanted together.
struct PictureRequest: Sendable, Equatable {
  var views: [PhotoView]
  /// Height and width.
  var size: Int
}

/// Reads, decodes and augments the pictures of the next step while the network runs the present
/// one. Only one request is ahead, so that memory is bounded.
///
/// The threads are others than those of the network. While the network runs, they share its
/// processors: what is gained is the time in which all threads wait for files, or in which some of
/// the network's have nothing to do. With one thread there are no others, and nothing is ahead.
final class PicturesAhead {
  private let preparation: PicturePreparation
  private let photos: TrainingPhotos
  private let pool: WorkerPool
  private var coming: (request: PictureRequest, pictures: Monitor<[PictureResult]?>)?

  /// - Parameter threads: how many threads prepare pictures.
  init(_ preparation: PicturePreparation, _ photos: TrainingPhotos, threads: Int) {
    self.preparation = preparation
    self.photos = photos
    pool = WorkerPool(threads: threads)
  }

  /// The pictures of a request, in its order; a failure for one that can no longer be read.
  ///
  /// - Parameter next: the request that probably comes next, which begins now.
  func pictures(_ request: PictureRequest, next: PictureRequest?) -> [PictureResult] {
    // Another one that was begun must end, too: it has the threads.
    let begun = coming.map { ($0.request, $0.pictures.wait { $0 }) }
    let result =
      if let begun, begun.0 == request {
        begun.1
      } else {
        preparation.augmented(photos, request, pool: pool)
      }
    coming = pool.threads > 1 ? next.flatMap(begin) : nil
    return result
  }

  /// - Returns: nil where the system refuses another thread.
  private func begin(
    _ request: PictureRequest
  ) -> (request: PictureRequest, pictures: Monitor<[PictureResult]?>)? {
    let pictures = Monitor<[PictureResult]?>(nil)
    let (preparation, photos, pool) = (preparation, photos, pool)
    let thread = try? WorkerThread {
      let found = preparation.augmented(photos, request, pool: pool)
      pictures.update { $0 = found }
    }
    return thread == nil ? nil : (request, pictures)
  }
}
