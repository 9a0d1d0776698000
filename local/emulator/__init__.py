"""The embedded AWS: ministack, adapted so that this project's CDK app deploys on it unchanged.

ministack (https://github.com/ministackorg/ministack) answers the AWS API in one process. It knows
most of what the app needs; each module here adds one thing that it lacks or does otherwise than AWS
documents, and says which. What is adapted are private names, so ministack is pinned exactly and
`hooks` refuses to start on another version or on a name that is gone.
"""
