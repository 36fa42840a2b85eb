/** Blobs on any store that speaks the protocol of Amazon S3: see {@link io.thalweg.s3.S3Blobs}. */
@NullMarked
package io.thalweg.s3;

import org.jspecify.annotations.NullMarked;
